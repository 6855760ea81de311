"""What every desk of the hub uses: actions, errors, paging, the API."""

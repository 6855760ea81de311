"""The desk of cohort definitions: uploaded or built, in versions, used again."""

"""Members' nodes: enrolment, the gateway they dial, and the messages that wait for them."""

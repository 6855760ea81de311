"""The studies desk: locked protocols, tasks, answers, released results."""

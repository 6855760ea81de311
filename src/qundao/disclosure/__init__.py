"""What may leave a node, and in which form: thresholds, suppression, rounding, noise, masks.

Everything here is pure and knows nothing of analyses or engines. `gate.gate` is the study
lane's door, `explore` and `budget` the explore lane's rule, `masks` hides one node's numbers in
the sum of several. `noise` (OpenDP) is imported by nodes only.
"""

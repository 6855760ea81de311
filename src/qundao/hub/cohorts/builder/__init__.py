"""The builder: a form as text, the population that it means, and the way back.

tree.py   the form: what was typed, in one shape; adding and removing parts
make.py   form -> population, with every defect at its field
show.py   population -> form, or which parts the form has no place for
choices.py  what can be chosen, in both languages
"""

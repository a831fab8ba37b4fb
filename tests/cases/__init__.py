"""What to compare: one module a page, `CASES` maps a block to its case.

A case is torch's function and a function that draws its arguments, in the
order that `by_hand` takes them; gradients are taken for the first.
"""

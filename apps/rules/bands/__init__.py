"""The learned limits beside the numbers of one rule: from counts, totals and loads to what `learned` says of them."""

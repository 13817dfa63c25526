"""How we did: how soon trouble is noticed, told, taken up and over, month by month."""

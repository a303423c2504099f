"""Everything that a Discord user sees: cards, results, buttons, forms and the texts on them."""

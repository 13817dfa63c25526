"""The optional texts of a language model: facts are masked and fenced, the answer is checked against them word by word,
and what does not stand in the facts is dropped. Nothing here is imported on the way of a check or of an alert."""

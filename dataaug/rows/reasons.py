"""The fixed vocabulary of reasons for which a row is rejected."""

REASONS: dict[str, str] = {
    # input
    "bad_json": "the line is not valid JSON",
    "bad_utf8": "the line is not valid UTF-8",
    "line_too_long": "the line is longer than the limit",
    "not_an_object": "the row is JSON, but not an object",
    "bad_cells": "the row does not fit the columns of its file, or a cell its type",
    "missing_text": "the row has no text field",
    "bad_text": "the text field is not a string",
    "bad_id": "the id field is nested too deep to be a name",
    "bad_label": "the label field is nested too deep to be a name, or holds a list as a text",
    "bad_provenance": "the reserved key _aug does not hold what dataaug writes there",
    # augment
    "no_candidate": "the method found nothing in the text that it may change",
    "no_words": "the text's script puts no blanks between words, and no segmenter was named",
    "too_few_variants": "the method has fewer distinct variants of this text than asked for",
    "bad_spans": "spans or tokens do not fit the text: outside it, or other characters are there",
    "span_lost": "a character span could not be carried over to the new text",
    "stale_field": "a field depends on the text, in a shape that can't be moved with it",
    "exact_spans": "the row has spans, and the method would write the text anew",
    "not_writable": "the row can't be written as JSON again (nested too deep)",
    # convert
    "missing_answer": "the row has no field that could be the answer of a chat",
    # filter
    "too_short": "fewer characters or words than the lower bound",
    "too_long": "more characters or words than the upper bound",
    "exact_duplicate": "equal to a kept row after normalisation",
    "near_duplicate": "as similar to a kept row as the threshold, by embedding or (generate) words",
    "too_close_to_origin": "embedding similarity to its own parent or a sibling above the limit",
    "label_mismatch": "a classifier trained on real rows is surer of another label",
    "judged_bad": "a language model gives the row a grade below the limit",
    "evaluation_copy": "equals or nearly equals an evaluation row",
    # written texts
    "refusal": "the model refuses or speaks of itself where a text should stand",
    "placeholder": "a blank to fill in, or wrapping of the reply, was left in the text",
    "no_letters": "no letter in any script stands in the text",
    "garbled": "decoded by a wrong encoding, or with characters that were lost",
    "leftover": "an end token, an entity, an escape, a remark of its maker or a word of another "
    "language was left in the text",
    "repetition": "a word, a phrase or a sentence again and again",
    "label_in_text": "the label's own name stands in the text",
    "seed_copy": "copies, or nearly, a real row that its maker was to learn from",
    "agent_voice": "the company's agent speaks, not its customer",
    "truncated": "the text was cut off, by its maker's limit or by the evidence of its end",
    "wrong_language": "surely in another language than asked for, or than the real rows",
    "prompt_copy": "repeats the prompt that asked for it",
    "schema": "an item of a reply lacks what a row needs",
    "unparseable": "a reply in which no item could be read",
    "other_label": "an item of a reply that says it has another label than asked for",
    # rewritten texts
    "pii_leak": "holds personal data of a source row, or personal data that was made up",
    "prompt_copied": "repeats words of the instructions",
    "unchanged": "says the same in the same words as its source",
    "length_ratio": "much shorter or longer than its source",
    "low_similarity": "embedding similarity to its source below the floor",
    "number_changed": "a number of the source is missing, or a new one was added",
    "name_lost": "a name of the source is missing",
    "negation_changed": "the source negates and the variant does not, or the other way round",
    "placeholder_lost": "an address, placeholder, tag or code of the source is missing",
    # language models
    "bad_request": "the server can't take this prompt",
    "bad_response": "what came back for this prompt was no reply, or none that ended, each time",
    "refused": "the model or its server refused to answer",
    "over_budget": "a cap on cost, requests or tokens was reached before this row",
    "dry_run": "nothing was sent",
    # spotcheck
    "called_bad": "a reviewer called the row bad",
    # what is there already
    "same_row": "the same row, by id and content, as another one that stays",
    # label
    "has_label": "the row of a pool has a label already",
    "not_real": "the row is synthetic, and only a real one may stand there",
    "unsure": "the likeliest label is less probable than the limit",
    # mix
    "over_ratio": "more synthetic rows than the ratio takes",
    "over_size": "more rows than the size asked for",
}
"""Reason to what it means; reports count rejects by these words, tests hold every use to them."""

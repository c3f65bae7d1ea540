"""The trained reader: a question and a passage in, relevance and answering words out."""

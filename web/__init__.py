"""The chat page and its pieces; what needs Gradio is imported only in `page` and `serve`."""

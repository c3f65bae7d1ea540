"""The programs' way in: REST beside the page, and the form that chat clients of OpenAI speak."""

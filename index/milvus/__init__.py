"""The archive in Milvus: the same articles, passages and replies as in a library folder."""

"""The reader as PyTorch sees it: the packaged encoder with two small heads.

One pass gives, for every token, how well an answer starts and ends there, and for the passage as
a whole whether it answers. "No answer" is an answer at the first token, as in BERT's SQuAD 2.0
(Devlin et al., 2019, section 4.3).
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

HIDDEN = 384


class Logits(NamedTuple):
    """float32: start and end `(b, t)`, relevance `(b,)`."""

    start: Tensor
    end: Tensor
    relevance: Tensor


class ReaderModel(nn.Module):
    """Encoder, span head on every token, relevance head on the first."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.span = nn.Linear(HIDDEN, 2)
        self.gathered = nn.Linear(HIDDEN, HIDDEN)
        self.relevance = nn.Linear(HIDDEN, 1)

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> Logits:
        """Score a batch: int64 `(b, t)` each; padding has mask 0 and scores −10⁴."""
        hidden = self.encoder(
            input_ids=ids, attention_mask=mask, token_type_ids=types
        ).last_hidden_state
        span = self.span(hidden).float() - 1e4 * (1 - mask.float())[..., None]
        gathered = torch.tanh(self.gathered(hidden[:, 0]))
        return Logits(span[..., 0], span[..., 1], self.relevance(gathered)[:, 0].float())


def packaged_encoder(folder: Path) -> nn.Module:
    """Load the encoder's weights without dropout; its word vectors are not trained.

    One epoch does not overfit, and without dropout a step takes 60 % of the time.
    """
    from transformers import BertModel

    encoder = BertModel.from_pretrained(
        str(folder), add_pooling_layer=False, attn_implementation="eager", local_files_only=True,
        use_safetensors=True, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    for weights in encoder.embeddings.parameters():
        weights.requires_grad_(False)
    found: nn.Module = encoder
    return found

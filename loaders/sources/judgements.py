"""`judgements`: what people decided on single links; `evidence judge` writes it, nobody exports it."""

from loaders.schema import Judgements
from loaders.sources.base import Source, spellings

SOURCE = Source(
    name="judgements",
    schema=Judgements,
    aliases={},
    synonyms={
        "decision": spellings(confirm="confirm", reject="reject", unsure="unsure"),
        "review": spellings(single="single", blind="blind"),
    },
)

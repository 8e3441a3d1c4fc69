"""What other rooms may follow. The end of a session is Django's own `pre_delete` on Session."""

from django.dispatch import Signal

# `former`, `current`: digests. The same person's session goes on under a new key; `proved` tells
# whether because they have just shown anew who they are.
session_replaced = Signal()

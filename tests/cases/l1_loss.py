"""Arguments of l1_loss, those of mse_loss: met targets among them."""

from torch.nn import functional

from tests.cases.mse_loss import arguments, optional

CASES = {"by_hand": (optional(functional.l1_loss), arguments)}

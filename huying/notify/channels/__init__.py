"""Ways out of the house: text messages and a webhook. None is used unless the operator has set it up."""

from huying.notify.channels.base import Failed, Sms, configured_sms, configured_webhook

__all__ = ["Failed", "Sms", "configured_sms", "configured_webhook"]

"""Audience clients: a viewer's side of the service."""

from .aio import AsyncAudienceClient
from .client import AudienceClient

__all__ = ["AsyncAudienceClient", "AudienceClient"]

"""Tests of what a text means."""

from pathlib import Path

LOCALES = ("en", "it", "es", "pt_BR", "ar")
ROOT = Path(__file__).resolve().parents[3]

"""Tests of what a text means."""

from pathlib import Path

LOCALES = ("en", "it", "es", "pt_BR", "fr", "de", "ar", "hi", "id", "ru", "ja", "zh_Hans", "tr")
ROOT = Path(__file__).resolve().parents[3]

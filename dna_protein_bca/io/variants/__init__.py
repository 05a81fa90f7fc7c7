"""Variants of DNA: VCF files, tables and texts, read; VCF files, written with more in them."""

from .annotated import AnnotatedVCF, encode, is_vcf
from .record import MISSING, Variant, is_bases, is_symbolic
from .sources import (
    HeldVariants,
    Variants,
    VariantSource,
    as_variants,
    open_variants,
    parse_variant,
)

__all__ = [
    "MISSING",
    "AnnotatedVCF",
    "HeldVariants",
    "Variant",
    "VariantSource",
    "Variants",
    "as_variants",
    "encode",
    "is_bases",
    "is_symbolic",
    "is_vcf",
    "open_variants",
    "parse_variant",
]

"""Tables in files: rows as they stand in TSV, CSV and Parquet, and results written as a stream."""

from .matrix import MatrixWriter
from .reader import RawTable, read_table, table_of_frame
from .writer import TableWriter

__all__ = ["MatrixWriter", "RawTable", "TableWriter", "read_table", "table_of_frame"]

//! ISO/IEC 7816-4 on bytes, without I/O.

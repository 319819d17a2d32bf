//! Rigs that run `myna-hal` against real middleware and real devices.

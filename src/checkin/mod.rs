//! The check-in session.

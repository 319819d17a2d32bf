//! A dialogue with a card.

//! The little of Protocol Buffers that rewriting an ONNX file takes: walking fields and writing
//! them again. Borrowed throughout, so a model's weights are not copied to be looked at.
//!
//! Field numbers are those of `onnx.proto` (ONNX 1.16); unknown fields are kept as they are.

use super::ModelError;

/// A field's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Varint(u64),
    Fixed64([u8; 8]),
    Bytes(&'a [u8]),
    Fixed32([u8; 4]),
}

/// A field: its number and value.
pub(super) type Field<'a> = (u32, Value<'a>);

const TRUNCATED: ModelError = ModelError::Malformed("the data ends within a field");

/// All fields of a message, in order.
pub(super) fn fields(mut message: &[u8]) -> Result<Vec<Field<'_>>, ModelError> {
    let mut fields = Vec::new();
    while !message.is_empty() {
        let key = varint(&mut message)?;
        let number = u32::try_from(key >> 3)
            .ok()
            .filter(|number| *number != 0)
            .ok_or(ModelError::Malformed("an impossible field number"))?;
        let value = match key & 7 {
            0 => Value::Varint(varint(&mut message)?),
            1 => Value::Fixed64(*take::<8>(&mut message)?),
            2 => {
                let len = usize::try_from(varint(&mut message)?).map_err(|_| TRUNCATED)?;
                let (bytes, rest) = message.split_at_checked(len).ok_or(TRUNCATED)?;
                message = rest;
                Value::Bytes(bytes)
            }
            5 => Value::Fixed32(*take::<4>(&mut message)?),
            _ => return Err(ModelError::Malformed("an unknown wire type")),
        };
        fields.push((number, value));
    }
    Ok(fields)
}

fn take<'a, const N: usize>(message: &mut &'a [u8]) -> Result<&'a [u8; N], ModelError> {
    let (bytes, rest) = message.split_first_chunk().ok_or(TRUNCATED)?;
    *message = rest;
    Ok(bytes)
}

/// Takes a variable-length number off the front.
pub(super) fn varint(message: &mut &[u8]) -> Result<u64, ModelError> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let [byte] = *take::<1>(message)?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(ModelError::Malformed("a number of more than 64 bits"))
}

/// Writes a message field by field.
#[derive(Debug, Default)]
pub(super) struct Message(Vec<u8>);

impl Message {
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    pub(super) fn field(&mut self, (number, value): Field<'_>) {
        let mut key = |wire_type: u64| self.raw_varint(u64::from(number) << 3 | wire_type);
        match value {
            Value::Varint(value) => {
                key(0);
                self.raw_varint(value);
            }
            Value::Fixed64(bytes) => {
                key(1);
                self.0.extend_from_slice(&bytes);
            }
            Value::Bytes(bytes) => {
                key(2);
                self.raw_varint(bytes.len() as u64);
                self.0.extend_from_slice(bytes);
            }
            Value::Fixed32(bytes) => {
                key(5);
                self.0.extend_from_slice(&bytes);
            }
        }
    }

    pub(super) fn bytes(&mut self, number: u32, bytes: &[u8]) {
        self.field((number, Value::Bytes(bytes)));
    }

    pub(super) fn varint(&mut self, number: u32, value: u64) {
        self.field((number, Value::Varint(value)));
    }

    fn raw_varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

/// Text of a field.
pub(super) fn text<'a>(value: Value<'a>) -> Result<&'a str, ModelError> {
    match value {
        Value::Bytes(bytes) => {
            std::str::from_utf8(bytes).map_err(|_| ModelError::Malformed("a name that is no text"))
        }
        _ => Err(ModelError::Malformed("a number in place of a name")),
    }
}

/// A message within a field.
pub(super) fn message<'a>(value: Value<'a>) -> Result<&'a [u8], ModelError> {
    match value {
        Value::Bytes(bytes) => Ok(bytes),
        _ => Err(ModelError::Malformed("a number in place of a message")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut message = Message::default();
        message.varint(1, u64::MAX);
        message.bytes(2, b"name");
        message.field((300, Value::Fixed32([1, 2, 3, 4])));
        message.field((4, Value::Fixed64([9; 8])));
        let bytes = message.into_bytes();
        let read = fields(&bytes).expect("well-formed");
        assert_eq!(read[0], (1, Value::Varint(u64::MAX)));
        assert_eq!(text(read[1].1).expect("text"), "name");
        assert_eq!(read[2], (300, Value::Fixed32([1, 2, 3, 4])));
        assert_eq!(read[3], (4, Value::Fixed64([9; 8])));
        for cut in 1..bytes.len() {
            let _ = fields(&bytes[..cut]);
        }
    }

    #[test]
    fn malformed_is_an_error() {
        for wrong in [&b"\x0a\xff"[..], b"\x08", b"\x00\x00", b"\x0b", &[0xff; 11]] {
            assert!(fields(wrong).is_err(), "{wrong:?}");
        }
    }
}

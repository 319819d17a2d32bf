//! Constant tensors of an ONNX file.

use std::borrow::Cow;

use super::ModelError;
use super::proto::{Message, Value, fields, text, varint};

/// `TensorProto.DataType`.
const FLOAT: u64 = 1;
const UINT8: u64 = 2;
const INT8: u64 = 3;
const INT64: u64 = 7;

/// Weights smaller than this are zero for every purpose here, and slow.
const NEGLIGIBLE: f32 = 1e-12;

#[derive(Debug)]
pub(super) struct Tensor<'a> {
    pub(super) name: &'a str,
    shape: Vec<usize>,
    data: Data<'a>,
}

#[derive(Clone, Debug)]
enum Data<'a> {
    Float(Vec<f32>),
    /// Zero-extended or sign-extended bytes.
    Byte {
        signed: bool,
        bytes: Cow<'a, [u8]>,
    },
    Int64(Vec<i64>),
    /// A kind that this loader passes on without looking at it.
    Other,
}

const MISFIT: ModelError = ModelError::Malformed("a tensor whose data does not fit its shape");

impl<'a> Tensor<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, ModelError> {
        let (mut name, mut kind, mut shape) = ("", 0, Vec::new());
        let (mut raw, mut floats, mut ints): (Option<&[u8]>, Vec<f32>, Vec<i64>) =
            Default::default();
        for (number, value) in fields(bytes)? {
            match (number, value) {
                (1, value) => push_ints(value, &mut shape)?,
                (2, Value::Varint(value)) => kind = value,
                (4, Value::Fixed32(bytes)) => floats.push(f32::from_le_bytes(bytes)),
                (4, Value::Bytes(packed)) => {
                    let (values, rest) = packed.as_chunks::<4>();
                    if !rest.is_empty() {
                        return Err(MISFIT);
                    }
                    floats.extend(values.iter().map(|bytes| f32::from_le_bytes(*bytes)));
                }
                (5 | 7, value) => push_ints(value, &mut ints)?,
                (8, value) => name = text(value)?,
                (9, Value::Bytes(bytes)) => raw = Some(bytes),
                (13 | 14, _) => return Err(ModelError::Unsupported("weights in another file")),
                _ => {}
            }
        }
        let shape = shape
            .into_iter()
            .map(|length| usize::try_from(length).map_err(|_| MISFIT))
            .collect::<Result<Vec<_>, _>>()?;
        let data = match (kind, raw) {
            (FLOAT, Some(raw)) => {
                let (values, rest) = raw.as_chunks::<4>();
                if !rest.is_empty() {
                    return Err(MISFIT);
                }
                Data::Float(
                    values
                        .iter()
                        .map(|bytes| f32::from_le_bytes(*bytes))
                        .collect(),
                )
            }
            (FLOAT, None) => Data::Float(floats),
            (UINT8 | INT8, Some(raw)) => Data::Byte {
                signed: kind == INT8,
                bytes: Cow::Borrowed(raw),
            },
            (UINT8 | INT8, None) => Data::Byte {
                signed: kind == INT8,
                bytes: ints.iter().map(|value| *value as u8).collect(),
            },
            (INT64, Some(raw)) => {
                let (values, rest) = raw.as_chunks::<8>();
                if !rest.is_empty() {
                    return Err(MISFIT);
                }
                Data::Int64(
                    values
                        .iter()
                        .map(|bytes| i64::from_le_bytes(*bytes))
                        .collect(),
                )
            }
            (INT64, None) => Data::Int64(ints),
            _ => Data::Other,
        };
        let tensor = Self { name, shape, data };
        tensor.check()?;
        Ok(tensor)
    }

    /// Elements that are held; none of a kind that is not looked at.
    pub(super) fn len(&self) -> usize {
        match &self.data {
            Data::Float(values) => values.len(),
            Data::Byte { bytes, .. } => bytes.len(),
            Data::Int64(values) => values.len(),
            Data::Other => 0,
        }
    }

    fn check(&self) -> Result<(), ModelError> {
        // Also without the lengths of 0, so that no product of some of them overflows later.
        let product = |least: usize| {
            let mut lengths = self.shape.iter().map(|length| (*length).max(least));
            lengths.try_fold(1usize, usize::checked_mul)
        };
        let fits = match self.data {
            Data::Other => true,
            _ => product(0) == Some(self.len()),
        };
        if fits && product(1).is_some() {
            Ok(())
        } else {
            Err(MISFIT)
        }
    }

    /// `Reshape` of a constant. At most one length may be -1, and 0 keeps a length.
    pub(super) fn reshaped(&self, shape: &Tensor<'_>) -> Result<Tensor<'a>, ModelError> {
        let Data::Int64(wanted) = &shape.data else {
            return Err(ModelError::Malformed("a shape that is not of integers"));
        };
        let total: usize = self.shape.iter().product();
        let mut lengths = Vec::new();
        let mut open = None;
        for (at, length) in wanted.iter().enumerate() {
            lengths.push(match length {
                0 => *self.shape.get(at).ok_or(MISFIT)?,
                -1 if open.is_none() => {
                    open = Some(at);
                    1
                }
                length => usize::try_from(*length).map_err(|_| MISFIT)?,
            });
        }
        if let Some(at) = open {
            let others = lengths
                .iter()
                .try_fold(1usize, |product, length| product.checked_mul(*length))
                .filter(|product| *product > 0)
                .ok_or(MISFIT)?;
            lengths[at] = total / others;
        }
        let reshaped = Tensor {
            name: self.name,
            shape: lengths,
            data: self.data.clone(),
        };
        reshaped.check()?;
        Ok(reshaped)
    }

    /// `DequantizeLinear` of a constant: (q - zero) × scale, one scale for everything, for each
    /// index along `axis`, or for each block of `block` indices along it (opset 21).
    pub(super) fn dequantized(
        &self,
        scale: &Tensor<'_>,
        zero: Option<&Tensor<'_>>,
        axis: i64,
        block: i64,
    ) -> Result<Tensor<'a>, ModelError> {
        const WRONG: ModelError = ModelError::Unsupported("this form of quantisation");
        let (Data::Byte { signed, bytes }, Data::Float(scales)) = (&self.data, &scale.data) else {
            return Err(WRONG);
        };
        let rank = self.shape.len();
        let axis = if axis < 0 { axis + rank as i64 } else { axis };
        let axis = usize::try_from(axis).map_err(|_| WRONG)?;
        // How many elements share a row of the axis, and the lengths around it.
        let single = scales.len() == 1;
        if axis >= rank && !single {
            return Err(WRONG);
        }
        let length = self.shape.get(axis).copied().unwrap_or(1).max(1);
        let inner: usize = self.shape.iter().skip(axis + 1).product();
        let block = match block {
            0 => 1,
            block => usize::try_from(block).map_err(|_| WRONG)?,
        };
        let blocks = length.div_ceil(block);
        let outer: usize = self.shape.iter().take(axis).product();
        // Per-axis scales are shared by all outer indices, block scales are not.
        let shared = !single && scale.shape.len() == 1 && rank > 1;
        let wanted = if single {
            1
        } else if shared {
            length
        } else {
            outer * blocks * inner
        };
        let zero_of: Box<dyn Fn(usize) -> f32> = match zero {
            None => Box::new(|_| 0.0),
            Some(Tensor {
                data: Data::Byte { bytes, .. },
                ..
            }) if bytes.len() == scales.len() => Box::new(move |at| extend(bytes[at], *signed)),
            Some(_) => return Err(WRONG),
        };
        if scales.len() != wanted || inner == 0 {
            return Err(WRONG);
        }
        let values = bytes
            .iter()
            .enumerate()
            .map(|(at, byte)| {
                let (row, column) = (at / inner, at % inner);
                let (outside, index) = (row / length, row % length);
                let place = if single {
                    0
                } else if shared {
                    index
                } else {
                    (outside * blocks + index / block) * inner + column
                };
                (extend(*byte, *signed) - zero_of(place)) * scales[place]
            })
            .collect();
        Ok(Tensor {
            name: self.name,
            shape: self.shape.clone(),
            data: Data::Float(values),
        })
    }

    /// The same with negligible weights set to zero; `None` if there are none.
    pub(super) fn flushed(&self) -> Option<Tensor<'a>> {
        let Data::Float(values) = &self.data else {
            return None;
        };
        let negligible = |value: f32| value != 0.0 && value.abs() < NEGLIGIBLE;
        if !values.iter().any(|value| negligible(*value)) {
            return None;
        }
        let zeroed = |value: &f32| if negligible(*value) { 0.0 } else { *value };
        Some(Tensor {
            name: self.name,
            shape: self.shape.clone(),
            data: Data::Float(values.iter().map(zeroed).collect()),
        })
    }

    /// `TensorProto` under another name.
    pub(super) fn write(&self, name: &str) -> Result<Vec<u8>, ModelError> {
        let (kind, raw) = match &self.data {
            Data::Float(values) => (FLOAT, values.iter().flat_map(|v| v.to_le_bytes()).collect()),
            Data::Int64(values) => (INT64, values.iter().flat_map(|v| v.to_le_bytes()).collect()),
            Data::Byte { signed, bytes } => (if *signed { INT8 } else { UINT8 }, bytes.to_vec()),
            Data::Other => return Err(ModelError::Unsupported("a computed constant of this kind")),
        };
        let raw: Vec<u8> = raw;
        let mut out = Message::default();
        for length in &self.shape {
            out.varint(1, *length as u64);
        }
        out.varint(2, kind);
        out.bytes(8, name.as_bytes());
        out.bytes(9, &raw);
        Ok(out.into_bytes())
    }
}

fn extend(byte: u8, signed: bool) -> f32 {
    if signed {
        f32::from(byte.cast_signed())
    } else {
        f32::from(byte)
    }
}

fn push_ints(value: Value<'_>, into: &mut Vec<i64>) -> Result<(), ModelError> {
    match value {
        Value::Varint(value) => into.push(value as i64),
        Value::Bytes(mut packed) => {
            while !packed.is_empty() {
                into.push(varint(&mut packed)? as i64);
            }
        }
        _ => return Err(MISFIT),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor<'a>(shape: &[usize], data: Data<'a>) -> Tensor<'a> {
        let tensor = Tensor {
            name: "t",
            shape: shape.to_vec(),
            data,
        };
        tensor.check().expect("test data fits");
        tensor
    }

    fn bytes(values: &[i8]) -> Data<'static> {
        Data::Byte {
            signed: true,
            bytes: values.iter().map(|value| value.cast_unsigned()).collect(),
        }
    }

    fn values(tensor: &Tensor<'_>) -> Vec<f32> {
        match &tensor.data {
            Data::Float(values) => values.clone(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn blocks_along_the_last_axis() {
        let data = tensor(&[2, 3], bytes(&[1, 2, 3, 4, 5, 6]));
        let scale = tensor(&[2, 2], Data::Float(vec![1.0, 10.0, 100.0, 1000.0]));
        let zero = tensor(&[2, 2], bytes(&[0, 1, 2, 3]));
        let result = data.dequantized(&scale, Some(&zero), 1, 2).expect("fits");
        assert_eq!(values(&result), [1.0, 2.0, 20.0, 200.0, 300.0, 3000.0]);
    }

    #[test]
    fn one_scale_per_channel_and_one_for_all() {
        let data = tensor(&[2, 2], bytes(&[1, -1, 2, -2]));
        let scale = tensor(&[2], Data::Float(vec![1.0, 10.0]));
        let result = data.dequantized(&scale, None, 0, 0).expect("fits");
        assert_eq!(values(&result), [1.0, -1.0, 20.0, -20.0]);
        let scale = tensor(&[], Data::Float(vec![0.5]));
        let result = data.dequantized(&scale, None, 1, 0).expect("fits");
        assert_eq!(values(&result), [0.5, -0.5, 1.0, -1.0]);
    }

    #[test]
    fn contradictions_are_refused() {
        let data = tensor(&[2, 2], bytes(&[1, -1, 2, -2]));
        let scale = tensor(&[3], Data::Float(vec![1.0; 3]));
        assert!(data.dequantized(&scale, None, 0, 0).is_err());
        assert!(data.dequantized(&scale, None, 7, 0).is_err());
        assert!(data.dequantized(&scale, None, 1, -4).is_err());
        let shape = tensor(&[2], Data::Int64(vec![3, -1]));
        assert!(data.reshaped(&shape).is_err());
        let shape = tensor(&[2], Data::Int64(vec![-1, 0]));
        assert!(data.reshaped(&shape).is_ok());
    }

    #[test]
    fn lengths_that_overflow_are_refused() {
        let huge = usize::MAX / 2;
        for data in [Data::Float(vec![]), Data::Other] {
            let tensor = Tensor {
                name: "t",
                shape: vec![0, huge, huge],
                data,
            };
            assert!(tensor.check().is_err());
        }
        let data = tensor(&[0, 2], bytes(&[]));
        let scale = tensor(&[0], Data::Float(vec![]));
        assert!(data.dequantized(&scale, None, 0, 0).is_err(), "no weights");
        let shape = tensor(&[3], Data::Int64(vec![i64::MAX, 2, 2]));
        assert!(data.reshaped(&shape).is_err());
    }

    #[test]
    fn denormal_weights_are_flushed() {
        let data = tensor(&[3], Data::Float(vec![1.0, 1e-40, -1e-20]));
        let flushed = data.flushed().expect("there are some");
        assert_eq!(values(&flushed), [1.0, 0.0, 0.0]);
        assert!(flushed.flushed().is_none());
    }

    #[test]
    fn what_is_written_is_parsed() {
        let data = tensor(&[1, 2], Data::Float(vec![1.5, -2.5]));
        let bytes = data.write("again").expect("floats");
        let again = Tensor::parse(&bytes).expect("ours");
        assert_eq!((again.name, &again.shape[..]), ("again", &[1, 2][..]));
        assert_eq!(values(&again), [1.5, -2.5]);
        assert!(Tensor::parse(&bytes[..bytes.len() - 1]).is_err());
    }
}

//! Writes small model files: `ModelProto` of ONNX 1.16, opset 13.

/// A graph, node by node.
#[derive(Default)]
pub(crate) struct Graph(Vec<u8>);

impl Graph {
    pub(crate) fn new() -> Self {
        Self(field(2, b"g"))
    }

    /// An operator of `inputs` with one output.
    pub(crate) fn node(mut self, operator: &str, inputs: &[&str], output: &str) -> Self {
        let mut node = Vec::new();
        for input in inputs {
            node.extend(field(1, input.as_bytes()));
        }
        node.extend(field(2, output.as_bytes()));
        node.extend(field(4, operator.as_bytes()));
        self.0.extend(field(1, &node));
        self
    }

    /// A constant of 64-bit integers, which states `lengths` whatever it holds.
    pub(crate) fn integers(mut self, name: &str, lengths: &[u64], values: &[i64]) -> Self {
        let mut tensor = Vec::new();
        for length in lengths {
            tensor.push(0x08);
            tensor.extend(varint(*length));
        }
        tensor.extend([0x10, 7]);
        tensor.extend(field(8, name.as_bytes()));
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        tensor.extend(field(9, &bytes));
        self.0.extend(field(5, &tensor));
        self
    }

    /// A float tensor that goes in.
    pub(crate) fn input(mut self, name: &str) -> Self {
        self.0.extend(field(11, &float(name)));
        self
    }

    /// A float tensor that comes out.
    pub(crate) fn output(mut self, name: &str) -> Self {
        self.0.extend(field(12, &float(name)));
        self
    }

    pub(crate) fn into_model(self) -> Vec<u8> {
        [vec![0x08, 8], field(7, &self.0), field(8, &[0x10, 13])].concat()
    }
}

/// `ValueInfoProto`: a name, and the type of float tensors of any shape.
fn float(name: &str) -> Vec<u8> {
    [field(1, name.as_bytes()), field(2, &field(1, &[0x08, 1]))].concat()
}

fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    out.extend(varint(bytes.len() as u64));
    out.extend(bytes);
    out
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

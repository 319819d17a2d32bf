//! Makes a published int8 model runnable: expands quantised weights to 32-bit floats.
//!
//! The published files hold weights as `DequantizeLinear` of int8 constants in blocks, followed
//! by a `Reshape`, and still list weights among the graph's inputs. Runtimes refuse the one or
//! the other. Here constants are computed once, at load; whatever then has no use (the quantised
//! constants, inputs without a reader, `Dropout`) is left out. Weights too small to matter are
//! set to zero, because arithmetic on denormal numbers is many times slower.

use std::collections::{HashMap, HashSet};

use super::ModelError;
use super::proto::{Field, Message, Value, fields, message, text};
use super::tensor::Tensor;

/// Numbers of the fields used here, by message of `onnx.proto`.
mod number {
    pub(super) const MODEL_GRAPH: u32 = 7;
    pub(super) const GRAPH_NODE: u32 = 1;
    pub(super) const GRAPH_INITIALIZER: u32 = 5;
    pub(super) const GRAPH_INPUT: u32 = 11;
    pub(super) const GRAPH_OUTPUT: u32 = 12;
    pub(super) const GRAPH_VALUE_INFO: u32 = 13;
    pub(super) const NODE_INPUT: u32 = 1;
    pub(super) const NODE_OUTPUT: u32 = 2;
    pub(super) const NODE_OPERATOR: u32 = 4;
    pub(super) const NODE_ATTRIBUTE: u32 = 5;
    pub(super) const ATTRIBUTE_NAME: u32 = 1;
    pub(super) const ATTRIBUTE_INT: u32 = 3;
    pub(super) const VALUE_INFO_NAME: u32 = 1;
}

/// Elements that a model may have computed at load, all together: above what face networks have,
/// and below what exhausts a small computer's memory. A file of a few bytes a node could otherwise
/// ask for copies of one constant without end.
const MOST_COMPUTED: usize = 64 << 20;

struct Node<'a> {
    fields: Vec<Field<'a>>,
    operator: &'a str,
    inputs: Vec<&'a str>,
    outputs: Vec<&'a str>,
}

/// An ONNX model as the runtime takes it. The shapes that the file states for its activations
/// are left out: they are those of one input size, and the model runs at others.
pub(super) fn fold(model: &[u8]) -> Result<Vec<u8>, ModelError> {
    let mut out = Message::default();
    let mut folded = false;
    for (field, value) in fields(model)? {
        if field == number::MODEL_GRAPH {
            out.bytes(field, &fold_graph(message(value)?)?);
            folded = true;
        } else {
            out.field((field, value));
        }
    }
    if folded {
        Ok(out.into_bytes())
    } else {
        Err(ModelError::Malformed("no graph"))
    }
}

fn fold_graph(graph: &[u8]) -> Result<Vec<u8>, ModelError> {
    let graph = fields(graph)?;
    let mut constants: HashMap<&str, Constant<'_>> = HashMap::new();
    for (_, value) in graph
        .iter()
        .filter(|(n, _)| *n == number::GRAPH_INITIALIZER)
    {
        let bytes = message(*value)?;
        let tensor = Tensor::parse(bytes)?;
        let name = tensor.name;
        constants.insert(name, Constant { bytes, tensor });
    }

    // Nodes stand in the order of execution, so one pass sees every constant before its reader.
    let mut renamed: HashMap<&str, &str> = HashMap::new();
    let mut left = MOST_COMPUTED;
    let mut kept = Vec::new();
    for (_, value) in graph.iter().filter(|(n, _)| *n == number::GRAPH_NODE) {
        let mut node = Node::parse(message(*value)?)?;
        for input in &mut node.inputs {
            while let Some(name) = renamed.get(input) {
                *input = name;
            }
        }
        match (node.operator, node.inputs.first(), node.outputs.first()) {
            ("DequantizeLinear" | "Reshape", Some(_), Some(output)) => {
                match node.compute(&constants, &mut left)? {
                    Some(tensor) => {
                        constants.insert(output, Constant { bytes: &[], tensor });
                    }
                    None => kept.push(node),
                }
            }
            ("Dropout", Some(input), Some(output)) if input != output => {
                renamed.insert(output, input);
            }
            _ => kept.push(node),
        }
    }
    // Outputs keep their names, so a Dropout at the very end cannot be left out.
    let outputs = named(&graph, number::GRAPH_OUTPUT)?;
    if outputs.iter().any(|(name, _)| renamed.contains_key(name)) {
        return Err(ModelError::Unsupported("an output that is a Dropout's"));
    }

    // What nobody reads goes, starting from the end.
    let mut read: HashSet<&str> = outputs.iter().map(|(name, _)| *name).collect();
    let mut needed = Vec::new();
    for node in kept.into_iter().rev() {
        if node.outputs.iter().any(|output| read.contains(output)) {
            read.extend(&node.inputs);
            needed.push(node);
        }
    }
    needed.reverse();

    let mut out = Message::default();
    for node in &needed {
        out.bytes(number::GRAPH_NODE, &node.write());
    }
    let mut names: Vec<&str> = constants
        .keys()
        .copied()
        .filter(|name| read.contains(name))
        .collect();
    names.sort_unstable();
    for name in names {
        let constant = &constants[name];
        match constant.tensor.flushed() {
            None if !constant.bytes.is_empty() => {
                out.bytes(number::GRAPH_INITIALIZER, constant.bytes);
            }
            None => out.bytes(number::GRAPH_INITIALIZER, &constant.tensor.write(name)?),
            Some(flushed) => out.bytes(number::GRAPH_INITIALIZER, &flushed.write(name)?),
        }
    }
    for (name, _) in named(&graph, number::GRAPH_INPUT)? {
        if read.contains(name) && !constants.contains_key(name) {
            out.bytes(number::GRAPH_INPUT, &float_of_any_shape(name));
        }
    }
    for (name, _) in outputs {
        out.bytes(number::GRAPH_OUTPUT, &float_of_any_shape(name));
    }
    let rewritten = [
        number::GRAPH_NODE,
        number::GRAPH_INITIALIZER,
        number::GRAPH_INPUT,
        number::GRAPH_OUTPUT,
        number::GRAPH_VALUE_INFO,
    ];
    for field in graph.iter().filter(|(n, _)| !rewritten.contains(n)) {
        out.field(*field);
    }
    Ok(out.into_bytes())
}

struct Constant<'a> {
    /// As the file has it; empty when computed.
    bytes: &'a [u8],
    tensor: Tensor<'a>,
}

fn named<'a>(graph: &[Field<'a>], field: u32) -> Result<Vec<(&'a str, &'a [u8])>, ModelError> {
    let mut all = Vec::new();
    for (_, value) in graph.iter().filter(|(n, _)| *n == field) {
        let bytes = message(*value)?;
        for (inner, value) in fields(bytes)? {
            if inner == number::VALUE_INFO_NAME {
                all.push((text(value)?, bytes));
            }
        }
    }
    Ok(all)
}

/// `ValueInfoProto` of a float tensor without a shape.
fn float_of_any_shape(name: &str) -> Vec<u8> {
    let mut tensor = Message::default();
    tensor.varint(1, 1);
    let mut kind = Message::default();
    kind.bytes(1, &tensor.into_bytes());
    let mut info = Message::default();
    info.bytes(number::VALUE_INFO_NAME, name.as_bytes());
    info.bytes(2, &kind.into_bytes());
    info.into_bytes()
}

impl<'a> Node<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self, ModelError> {
        let fields = fields(bytes)?;
        let mut node = Node {
            operator: "",
            inputs: Vec::new(),
            outputs: Vec::new(),
            fields: Vec::new(),
        };
        for (field, value) in &fields {
            match *field {
                number::NODE_OPERATOR => node.operator = text(*value)?,
                number::NODE_INPUT => node.inputs.push(text(*value)?),
                number::NODE_OUTPUT => node.outputs.push(text(*value)?),
                _ => {}
            }
        }
        node.fields = fields;
        Ok(node)
    }

    fn write(&self) -> Vec<u8> {
        let mut out = Message::default();
        for input in &self.inputs {
            out.bytes(number::NODE_INPUT, input.as_bytes());
        }
        for field in self.fields.iter().filter(|(n, _)| *n != number::NODE_INPUT) {
            out.field(*field);
        }
        out.into_bytes()
    }

    fn int_attribute(&self, wanted: &str) -> Result<Option<i64>, ModelError> {
        for (_, value) in self
            .fields
            .iter()
            .filter(|(n, _)| *n == number::NODE_ATTRIBUTE)
        {
            let attribute = fields(message(*value)?)?;
            let is_wanted = attribute.iter().any(|(n, value)| {
                *n == number::ATTRIBUTE_NAME && *value == Value::Bytes(wanted.as_bytes())
            });
            if is_wanted {
                // A default value may be left out of the file: 0.
                let int = attribute.iter().find_map(|field| match field {
                    (number::ATTRIBUTE_INT, Value::Varint(value)) => Some(*value as i64),
                    _ => None,
                });
                return Ok(Some(int.unwrap_or(0)));
            }
        }
        Ok(None)
    }

    /// The result, if all inputs are constants. `left` is what may still be computed.
    fn compute<'b>(
        &self,
        constants: &HashMap<&str, Constant<'b>>,
        left: &mut usize,
    ) -> Result<Option<Tensor<'b>>, ModelError> {
        let mut inputs = Vec::new();
        for name in self.inputs.iter().filter(|name| !name.is_empty()) {
            match constants.get(name) {
                Some(constant) => inputs.push(&constant.tensor),
                None => return Ok(None),
            }
        }
        // Both operators give as many elements as they take.
        let elements = inputs.first().map_or(0, |data| data.len());
        *left = left
            .checked_sub(elements)
            .ok_or(ModelError::Unsupported("so many computed constants"))?;
        match (self.operator, &inputs[..]) {
            ("Reshape", [data, shape]) => data.reshaped(shape).map(Some),
            ("DequantizeLinear", [data, scale, rest @ ..]) => {
                let axis = self.int_attribute("axis")?.unwrap_or(1);
                let block = self.int_attribute("block_size")?.unwrap_or(0);
                data.dequantized(scale, rest.first().copied(), axis, block)
                    .map(Some)
            }
            _ => Err(ModelError::Malformed("a node with too few inputs")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn initializer(name: &str, kind: u64, lengths: &[u64], raw: &[u8]) -> Vec<u8> {
        let mut tensor = Message::default();
        lengths.iter().for_each(|length| tensor.varint(1, *length));
        tensor.varint(2, kind);
        tensor.bytes(8, name.as_bytes());
        tensor.bytes(9, raw);
        tensor.into_bytes()
    }

    fn node(operator: &str, inputs: &[&str], output: &str) -> Vec<u8> {
        let mut node = Message::default();
        for input in inputs {
            node.bytes(number::NODE_INPUT, input.as_bytes());
        }
        node.bytes(number::NODE_OUTPUT, output.as_bytes());
        node.bytes(number::NODE_OPERATOR, operator.as_bytes());
        node.into_bytes()
    }

    fn model(initializers: &[Vec<u8>], nodes: &[Vec<u8>], output: &str) -> Vec<u8> {
        let mut graph = Message::default();
        nodes
            .iter()
            .for_each(|node| graph.bytes(number::GRAPH_NODE, node));
        for tensor in initializers {
            graph.bytes(number::GRAPH_INITIALIZER, tensor);
        }
        graph.bytes(number::GRAPH_INPUT, &float_of_any_shape("x"));
        graph.bytes(number::GRAPH_OUTPUT, &float_of_any_shape(output));
        let mut model = Message::default();
        model.bytes(number::MODEL_GRAPH, &graph.into_bytes());
        model.into_bytes()
    }

    #[test]
    fn quantised_weights_become_floats_and_the_rest_goes() {
        let initializers = [
            initializer("q", 3, &[2], &[1, 0xfe]),
            initializer("s", 1, &[], &0.5f32.to_le_bytes()),
            initializer("unused", 1, &[1], &[0; 4]),
        ];
        let nodes = [
            node("DequantizeLinear", &["q", "s"], "w"),
            node("Mul", &["x", "w"], "m"),
            node("Dropout", &["m"], "d"),
            node("Relu", &["d"], "y"),
        ];
        let folded = fold(&model(&initializers, &nodes, "y")).expect("supported");
        let graph = fields(message(fields(&folded).expect("ours")[0].1).expect("a graph"));
        let graph = graph.expect("ours");
        let all = |field| {
            let found = graph.iter().filter(move |(number, _)| *number == field);
            found
                .map(|(_, value)| message(*value).expect("a message"))
                .collect::<Vec<_>>()
        };
        let weights = all(number::GRAPH_INITIALIZER);
        let [weights] = weights[..] else {
            unreachable!("only the floats are left: {}", weights.len())
        };
        let floats: Vec<u8> = [0.5f32, -1.0]
            .iter()
            .flat_map(|v| v.to_le_bytes())
            .collect();
        assert_eq!(weights, initializer("w", 1, &[2], &floats));
        let operators: Vec<_> = all(number::GRAPH_NODE)
            .iter()
            .map(|node| Node::parse(node).expect("ours").operator.to_owned())
            .collect();
        assert_eq!(operators, ["Mul", "Relu"]);
    }

    #[test]
    fn copies_without_end_are_refused() {
        let constant = initializer("c", 3, &[1 << 20], &vec![1; 1 << 20]);
        let shape = initializer("s", 7, &[1], &(1i64 << 20).to_le_bytes());
        let copies: Vec<_> = (0..65)
            .map(|number| node("Reshape", &["c", "s"], &format!("y{number}")))
            .collect();
        let error = fold(&model(&[constant, shape], &copies, "y0")).expect_err("too much");
        assert!(matches!(error, ModelError::Unsupported(_)), "{error}");
    }

    #[test]
    fn damage_is_an_error_or_a_model_and_never_a_panic() {
        let initializers = [
            initializer("q", 3, &[2, 4], &[1, 0xfe, 3, 4, 5, 6, 7, 8]),
            initializer("s", 1, &[2], &[0, 0, 0x80, 0x3f, 0, 0, 0, 0x40]),
            initializer(
                "t",
                7,
                &[2],
                &[
                    4, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255,
                ],
            ),
        ];
        let nodes = [
            node("DequantizeLinear", &["q", "s", ""], "w"),
            node("Reshape", &["w", "t"], "r"),
            node("Mul", &["x", "r"], "y"),
        ];
        let whole = model(&initializers, &nodes, "y");
        for len in 0..whole.len() {
            let _ = fold(&whole[..len]);
        }
        let mut state = 7u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as usize
        };
        let mut refused = 0;
        for _ in 0..20_000 {
            let mut bytes = whole.clone();
            for _ in 0..1 + next() % 4 {
                let at = next() % bytes.len();
                bytes[at] = next() as u8;
            }
            refused += u32::from(fold(&bytes).is_err());
        }
        assert!((1_000..20_000).contains(&refused), "{refused}");
    }

    #[test]
    fn circles_end() {
        let circle = [
            node("Dropout", &["b"], "a"),
            node("Dropout", &["a"], "b"),
            node("Relu", &["y"], "y"),
            node("Add", &["a", "y"], "y"),
        ];
        let _ = fold(&model(&[], &circle, "y"));
    }
}

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
                match node.compute(&constants)? {
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

    /// The result, if all inputs are constants.
    fn compute<'b>(
        &self,
        constants: &HashMap<&str, Constant<'b>>,
    ) -> Result<Option<Tensor<'b>>, ModelError> {
        let mut inputs = Vec::new();
        for name in self.inputs.iter().filter(|name| !name.is_empty()) {
            match constants.get(name) {
                Some(constant) => inputs.push(&constant.tensor),
                None => return Ok(None),
            }
        }
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

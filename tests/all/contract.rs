//! The schema keeps its contract, `contract.graphql`: anything may stand beside what is there, nothing may be renamed,
//! dropped or made stricter.

use std::collections::BTreeMap;

use async_graphql::parser::{
    parse_schema,
    types::{FieldDefinition, InputValueDefinition, TypeDefinition, TypeKind, TypeSystemDefinition},
};

use crate::golden;

/// Everything of a schema that clients see, by its coordinate: `User.email`, `Query.user(id:)`, `Role.ADMIN`.
type Shape = BTreeMap<String, Element>;

/// One thing of a schema.
#[derive(Debug, PartialEq)]
struct Element {
    /// `type`, `input` and so on of a type; the type, and the default, of a field, argument or input field.
    is: String,
    /// The interfaces of a type.
    implements: Vec<String>,
    /// Whether a caller has to give it.
    required: bool,
    described: bool,
}

fn shape(sdl: &str) -> Shape {
    let mut shape = Shape::new();
    for definition in parse_schema(sdl).expect("a schema").definitions {
        if let TypeSystemDefinition::Type(definition) = definition {
            add_type(&mut shape, definition.node);
        }
    }
    shape
}

fn add_type(shape: &mut Shape, definition: TypeDefinition) {
    let name = definition.name.node.to_string();
    let (is, implements) = match definition.kind {
        TypeKind::Scalar => ("scalar", vec![]),
        TypeKind::Union(_) => ("union", vec![]),
        TypeKind::Object(object) => {
            object.fields.into_iter().for_each(|field| add_field(shape, &name, field.node));
            ("type", object.implements)
        }
        TypeKind::Interface(interface) => {
            interface.fields.into_iter().for_each(|field| add_field(shape, &name, field.node));
            ("interface", interface.implements)
        }
        TypeKind::InputObject(input) => {
            for field in input.fields {
                shape.insert(format!("{name}.{}", field.node.name.node), input_value(&field.node));
            }
            ("input", vec![])
        }
        TypeKind::Enum(of) => {
            for value in of.values {
                let element = element("value".into(), value.node.description.is_some());
                shape.insert(format!("{name}.{}", value.node.value.node), element);
            }
            ("enum", vec![])
        }
    };
    if !definition.extend {
        let implements = implements.into_iter().map(|interface| interface.node.to_string()).collect();
        let described = definition.description.is_some();
        shape.insert(name, Element { implements, ..element(is.into(), described) });
    }
}

fn add_field(shape: &mut Shape, of: &str, field: FieldDefinition) {
    let name = format!("{of}.{}", field.name.node);
    for argument in field.arguments {
        shape.insert(format!("{name}({}:)", argument.node.name.node), input_value(&argument.node));
    }
    shape.insert(name, element(field.ty.node.to_string(), field.description.is_some()));
}

fn input_value(value: &InputValueDefinition) -> Element {
    let default = value.default_value.as_ref().map(|default| format!(" = {}", default.node));
    let required = !value.ty.node.nullable && default.is_none();
    let is = format!("{}{}", value.ty.node, default.unwrap_or_default());
    Element { required, ..element(is, value.description.is_some()) }
}

fn element(is: String, described: bool) -> Element {
    Element { is, implements: vec![], required: false, described }
}

fn contract() -> Shape {
    shape(include_str!("../contract.graphql"))
}

#[test]
fn everything_in_the_contract_is_in_the_schema_just_so() {
    let schema = shape(&rolecall::graphql::sdl());
    let broken: Vec<String> = contract()
        .iter()
        .filter_map(|(name, want)| match schema.get(name) {
            None => Some(format!("{name} is missing: it should be {}", want.is)),
            Some(have) if have.is != want.is => {
                Some(format!("{name} is {}: it should be {}", have.is, want.is))
            }
            Some(have) => {
                let lost: Vec<_> = want.implements.iter().filter(|i| !have.implements.contains(i)).collect();
                (!lost.is_empty()).then(|| format!("{name} no longer implements {lost:?}"))
            }
        })
        .collect();
    assert!(broken.is_empty(), "the contract is broken, and so are its clients:\n{}", broken.join("\n"));
}

#[test]
fn nothing_new_is_required_of_who_keeps_to_the_contract() {
    let contract = contract();
    // What stands within a type or a field of the contract, and not in the contract itself.
    let within = |name: &str| {
        let outer = name.split_once('(').or_else(|| name.split_once('.')).map(|(outer, _)| outer);
        !contract.contains_key(name) && outer.is_some_and(|outer| contract.contains_key(outer))
    };
    let schema = shape(&rolecall::graphql::sdl());
    let required: Vec<_> = schema.iter().filter(|(name, of)| of.required && within(name)).collect();
    assert!(required.is_empty(), "make these nullable or give them a default: {required:#?}");
}

#[test]
fn everything_in_the_schema_is_described() {
    let schema = shape(&rolecall::graphql::sdl());
    let silent: Vec<_> = schema.iter().filter(|(_, of)| !of.described).map(|(name, _)| name).collect();
    assert!(silent.is_empty(), "write a doc comment, or `desc` for an argument: {silent:#?}");
}

#[test]
fn the_printed_schema_is_the_one_that_is_served() {
    golden::assert_same("../schema.graphql", &rolecall::graphql::sdl());
}

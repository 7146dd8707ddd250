//! What of the schema the cost of a request depends on.

use std::collections::HashMap;

use async_graphql::{
    Positioned,
    parser::{
        parse_schema,
        types::{BaseType, FieldDefinition, InterfaceType, ObjectType, TypeKind, TypeSystemDefinition},
    },
};

use crate::graphql::schema;

/// What introspection adds to the schema: its own types and the scalars that are built in.
const BUILT_IN_TYPES: usize = 13;
/// The fields of those types.
const BUILT_IN_FIELDS: usize = 40;
/// The values of their enums.
const BUILT_IN_VALUES: usize = 27;
/// How many directives there are, and types that are one interface or interfaces that are one type.
const FEW: usize = 6;

/// The fields of every object and interface, and how much introspection has to tell.
#[derive(Default)]
pub struct Shapes {
    fields: HashMap<String, HashMap<String, Shape>>,
    /// Of all types together.
    sum: Introspected,
    /// Of the type that has the most.
    most: Introspected,
}

/// What a field answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The type at the bottom.
    pub of: String,
    /// Whether there may be several.
    pub list: bool,
}

/// How much introspection has to tell.
#[derive(Default)]
struct Introspected {
    types: usize,
    fields: usize,
    inputs: usize,
    values: usize,
    arguments: usize,
}

impl Shapes {
    /// Of the schema.
    pub fn new() -> Self {
        let built_in = Introspected {
            types: BUILT_IN_TYPES,
            fields: BUILT_IN_FIELDS,
            values: BUILT_IN_VALUES,
            ..Introspected::default()
        };
        let mut shapes = Self { sum: built_in, ..Self::default() };
        // What is printed can be read: tests read it.
        let definitions = parse_schema(schema::sdl()).map(|sdl| sdl.definitions).unwrap_or_default();
        for definition in definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let (sum, most) = (&mut shapes.sum, &mut shapes.most);
            sum.types += 1;
            match definition.node.kind {
                TypeKind::Object(ObjectType { fields, .. })
                | TypeKind::Interface(InterfaceType { fields, .. }) => {
                    shapes.add(definition.node.name.node.as_str(), fields);
                }
                TypeKind::InputObject(input) => tally(&mut sum.inputs, &mut most.inputs, input.fields.len()),
                TypeKind::Enum(of) => tally(&mut sum.values, &mut most.values, of.values.len()),
                TypeKind::Scalar | TypeKind::Union(_) => {}
            }
        }
        shapes
    }

    fn add(&mut self, name: &str, fields: Vec<Positioned<FieldDefinition>>) {
        tally(&mut self.sum.fields, &mut self.most.fields, fields.len());
        for field in &fields {
            tally(&mut self.sum.arguments, &mut self.most.arguments, field.node.arguments.len());
        }
        let fields = fields.into_iter().map(|field| (field.node.name.node.to_string(), shape(field.node)));
        self.fields.insert(name.to_owned(), fields.collect());
    }

    /// How often what is asked below a field of introspection is answered: of every type the average, of one the most.
    pub fn introspected(&self, field: &str, of_all: bool) -> usize {
        let Self { sum, most, .. } = self;
        let per_type = |all: usize, most: usize| if of_all { all.div_ceil(sum.types) } else { most };
        match field {
            "types" => sum.types,
            "fields" => per_type(sum.fields, most.fields),
            "inputFields" => per_type(sum.inputs, most.inputs),
            "enumValues" => per_type(sum.values, most.values),
            // Most fields have none.
            "args" if of_all => 1,
            "args" => most.arguments,
            "possibleTypes" | "interfaces" if of_all => 1,
            "possibleTypes" | "interfaces" | "directives" => FEW,
            _ => 1,
        }
    }

    /// What `field` of the object or interface `of` answers.
    pub fn field(&self, of: &str, field: &str) -> Option<&Shape> {
        self.fields.get(of)?.get(field)
    }

    /// Whether it is an object or an interface.
    pub fn is_composite(&self, of: &str) -> bool {
        self.fields.contains_key(of)
    }

    /// Every field that answers a list of objects, as `Type.field`.
    #[cfg(test)]
    pub fn lists(&self) -> Vec<(&str, &str)> {
        let all = self.fields.iter().flat_map(|(of, fields)| fields.iter().map(move |field| (of, field)));
        all.filter(|(_, (_, shape))| shape.list && self.is_composite(&shape.of))
            .map(|(of, (name, _))| (of.as_str(), name.as_str()))
            .collect()
    }
}

fn tally(sum: &mut usize, most: &mut usize, count: usize) {
    *sum += count;
    *most = count.max(*most);
}

fn shape(field: FieldDefinition) -> Shape {
    let (mut ty, mut list) = (field.ty.node.base, false);
    loop {
        match ty {
            BaseType::List(inner) => (ty, list) = (inner.base, true),
            BaseType::Named(of) => return Shape { of: of.to_string(), list },
        }
    }
}

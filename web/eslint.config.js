// What schema.graphql is held to. Run from the root of the repository, where the schema is.
import graphql from '@graphql-eslint/eslint-plugin';

const EVERYTHING = {
  types: true,
  rootField: true,
  DirectiveDefinition: true,
  EnumValueDefinition: true,
  FieldDefinition: true,
  InputValueDefinition: true,
};

export default [
  {
    files: ['schema.graphql'],
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: 'schema.graphql' } },
    },
    plugins: { '@graphql-eslint': graphql },
    rules: {
      ...graphql.configs['flat/schema-recommended'].rules,
      ...graphql.configs['flat/schema-relay'].rules,
      '@graphql-eslint/require-description': ['error', EVERYTHING],
      '@graphql-eslint/input-name': ['error', { caseSensitiveInputType: false }],
      // A connection offers its nodes without their edges, too.
      '@graphql-eslint/relay-edge-types': ['error', { listTypeCanWrapOnlyEdgeType: false }],
      // Payloads, and what is part of something else, have no id of their own.
      '@graphql-eslint/strict-id-in-types': 'off',
    },
  },
];

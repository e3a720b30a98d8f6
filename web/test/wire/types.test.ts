/** The types of `src/wire` against the schemas that the monitor generates from its own structs. */

import { readFileSync } from 'node:fs';

import ts from 'typescript';
import { describe, expect, test } from 'vitest';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly $ref?: string;
}

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const DOCS = '../../../docs/';
const stream = JSON.parse(read(`${DOCS}schemas/stream.schema.json`)).$defs as Record<string, Schema>;
const api = JSON.parse(read(`${DOCS}openapi.json`)).components.schemas as Record<string, Schema>;

/** Our name where it differs from the schema's. */
const OURS: Readonly<Record<string, string>> = {
  CityView: 'City',
  CourierView: 'Courier',
  Delta: 'DeltaOf',
  EffectsView: 'Effects',
  Error: 'Refusal',
  LimitsView: 'Limits',
  OrderView: 'Order',
  ProblemView: 'ProblemBody',
  SilenceRecord: 'Silence',
  Step: 'ActionStep',
  StreamView: 'Feed',
  SwitchView: 'Switch',
  Target: 'ActionTarget',
  VenueView: 'Venue',
  WeatherView: 'Weather',
  ZoneView: 'Zone',
};
const FROM_API = [
  ...['CityView', 'StreamView', 'WeatherView', 'ZoneDetail', 'OrderDetail', 'Doing'],
  ...['CourierDetail', 'CourierNear', 'SilenceRecord', 'Matcher', 'PushPreview', 'PushChoice'],
  ...['PausePreview', 'PausedShare', 'EffectsView', 'KindEffects', 'PushEffects', 'Uplift'],
  ...['SwitchView', 'AuditEntry', 'ProblemView', 'PageInfo', 'Basemap'],
  ...['LimitsView', 'ShortageLimits'],
];
const UNIONS = new Set(['ClientMessage', 'ServerMessage']);

const declared = new Map<string, ts.InterfaceDeclaration>();
const unions = new Map<string, string[]>();
for (const file of ['acts', 'api', 'messages', 'things']) {
  const source = ts.createSourceFile(
    file,
    read(`../../src/wire/${file}.ts`),
    ts.ScriptTarget.Latest,
    true,
  );
  source.forEachChild((node) => {
    if (ts.isInterfaceDeclaration(node)) {
      declared.set(node.name.text, node);
      for (const { name, constraint } of node.typeParameters ?? []) {
        if (constraint !== undefined) unions.set(name.text, literals(constraint));
      }
    }
    if (ts.isTypeAliasDeclaration(node)) unions.set(node.name.text, literals(node.type));
  });
}

function literals(type: ts.TypeNode): string[] {
  if (ts.isTypeOperatorNode(type) && type.operator === ts.SyntaxKind.KeyOfKeyword) {
    return [...membersOf(type.type.getText()).keys()];
  }
  const parts = ts.isUnionTypeNode(type) ? type.types : [type];
  return parts.flatMap((part) =>
    ts.isLiteralTypeNode(part) && ts.isStringLiteral(part.literal)
      ? [part.literal.text]
      : ts.isTypeReferenceNode(part)
        ? (unions.get(part.typeName.getText()) ?? [])
        : [],
  );
}

function membersOf(name: string): Map<string, ts.TypeNode> {
  const node = declared.get(name);
  if (node === undefined) throw new Error(`no interface ${name}`);
  const found = new Map<string, ts.TypeNode>();
  for (const clause of node.heritageClauses ?? []) {
    for (const type of clause.types) {
      for (const [key, value] of membersOf(type.expression.getText())) found.set(key, value);
    }
  }
  for (const member of node.members) {
    if (ts.isPropertySignature(member) && member.type !== undefined) {
      found.set(member.name.getText(), member.type);
    }
  }
  return found;
}

function enumOf(schema: Schema): string[] {
  if (schema.enum !== undefined) return schema.enum.filter((one) => typeof one === 'string');
  return (schema.anyOf ?? []).flatMap(enumOf);
}

const schemas = [
  ...Object.entries(stream).filter(([name]) => !UNIONS.has(name)),
  ...FROM_API.map((name) => [name, api[name]] as const),
];

describe.each(schemas)('%s', (name, schema) => {
  const members = membersOf(OURS[name] ?? name);

  test('the page knows the fields that the monitor sends, and no others', () => {
    expect([...members.keys()].sort()).toEqual(Object.keys(schema?.properties ?? {}).sort());
  });

  test('a field that is one of several words is one of the same words here', () => {
    for (const [field, inner] of Object.entries(schema?.properties ?? {})) {
      const words = enumOf(inner);
      const type = members.get(field);
      if (words.length === 0 || type === undefined) continue;
      expect(literals(type).sort(), field).toEqual(words.sort());
    }
  });
});

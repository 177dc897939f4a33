import { type DescField, type DescFile, type DescMethod, ScalarType } from '@bufbuild/protobuf';
import { nestedTypes } from '@bufbuild/protobuf/reflect';

/** What peers see of one RPC, field or enum value. */
export interface WireFact {
  readonly kind: 'rpc' | 'field' | 'enum';
  readonly file: string;
  /** The message, the enum, or `package.Service/Method`. */
  readonly of: string;
  /** Empty for RPCs. */
  readonly number: string;
  /** The request of an RPC. */
  readonly name: string;
  /** The response of an RPC; empty for enum values. */
  readonly type: string;
}

/** All facts of a file. */
export function wireFacts(file: DescFile): WireFact[] {
  const facts: WireFact[] = [];
  const add = (kind: WireFact['kind'], of: string, number: number | '', name: string, type: string): void => {
    facts.push({ kind, file: file.proto.name, of, number: String(number), name, type });
  };
  for (const desc of nestedTypes(file)) {
    if (desc.kind === 'message') {
      for (const field of desc.fields) {
        add('field', desc.typeName, field.number, field.name, fieldType(field));
      }
    } else if (desc.kind === 'enum') {
      for (const value of desc.values) {
        add('enum', desc.typeName, value.number, value.name, '');
      }
    } else if (desc.kind === 'service') {
      for (const method of desc.methods) {
        add('rpc', `${desc.typeName}/${method.name}`, '', requestType(method), responseType(method));
      }
    }
  }
  return facts;
}

/** Where a fact is looked for: everything but its name and its type. */
export function placeOf(fact: Pick<WireFact, 'kind' | 'of' | 'number'>): string {
  return `${fact.kind} ${fact.of} ${fact.number}`.trimEnd();
}

/** One line for people. */
export function show(fact: WireFact): string {
  return [fact.file, fact.kind, fact.of, fact.number, fact.name, fact.type]
    .filter((part) => part !== '')
    .join(' ');
}

function requestType(method: DescMethod): string {
  const streams = method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming';
  return `${streams ? 'stream ' : ''}${method.input.typeName}`;
}

function responseType(method: DescMethod): string {
  const streams = method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming';
  return `${streams ? 'stream ' : ''}${method.output.typeName}`;
}

/** A type as a proto file writes it, with what else changes how peers see the field. */
function fieldType(field: DescField): string {
  const type = field.message ?? field.enum;
  const element = type?.typeName ?? scalarName(field.scalar);
  switch (field.fieldKind) {
    case 'map':
      return `map<${scalarName(field.mapKey)},${element}>`;
    case 'list':
      return `repeated ${element}`;
    default:
      if (field.oneof !== undefined) {
        return `oneof ${field.oneof.name}: ${element}`;
      }
      return field.proto.proto3Optional ? `optional ${element}` : element;
  }
}

function scalarName(scalar: ScalarType | undefined): string {
  return scalar === undefined ? 'unknown' : ScalarType[scalar].toLowerCase();
}

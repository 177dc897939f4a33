import {
  create,
  type DescField,
  type DescMessage,
  hasOption,
  type Message,
  type Registry,
} from '@bufbuild/protobuf';
import type { Path } from '@bufbuild/protobuf/reflect';
import { pathToString } from '@bufbuild/protobuf/reflect';
import { CompilationError, createValidator, type Violation } from '@bufbuild/protovalidate';
import * as rules from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { fieldPolicyOf } from '@traffic-tacos/policy';
import type { FailureDetail } from '../errors/failure.ts';
import { runtimeFailure } from '../errors/runtime-code.ts';
import { fieldsOf, valueIn } from './fields.ts';
import { regexMatch } from './regex.ts';

/** Throws INVALID_ARGUMENT, with one detail per violation, when a request breaks a rule of its contract. */
export type Validate = (request: Message) => void;

/** Compiles the rules of request types. */
export type ValidationCompiler = (request: DescMessage) => Validate | undefined;

const MAX_VALUE = 64;
const MAX_NAMED = 3;

/** @param registry - the full descriptors, for rules that need further types */
export function validationCompiler(registry: Registry | undefined): ValidationCompiler {
  const validator = createValidator({ regexMatch, ...(registry && { registry }) });
  return (desc) => {
    if (!hasRules(desc, new Set())) {
      return undefined;
    }
    // Rules compile at first use; a contract with a broken one must not start to serve.
    const trial = validator.validate(desc, create(desc));
    if (trial.error instanceof CompilationError) {
      throw new Error(`${desc.typeName}: ${trial.error.message}`);
    }
    return (request) => {
      const result = validator.validate(desc, request);
      if (result.kind === 'invalid') {
        throw refusal(request, result.violations);
      }
      if (result.kind === 'error') {
        throw result.error;
      }
    };
  };
}

function hasRules(desc: DescMessage, seen: Set<DescMessage>): boolean {
  if (seen.has(desc)) {
    return false;
  }
  seen.add(desc);
  return (
    hasOption(desc, rules.message) ||
    desc.oneofs.some((oneof) => hasOption(oneof, rules.oneof)) ||
    desc.fields.some(
      (field) =>
        hasOption(field, rules.field) || (field.message !== undefined && hasRules(field.message, seen)),
    )
  );
}

function refusal(request: Message, violations: readonly Violation[]): Error {
  const found = violations.map((violation) => describe(request, violation));
  const named = found.slice(0, MAX_NAMED).map(({ sentence }) => sentence);
  const more = found.length > MAX_NAMED ? `; and ${found.length - MAX_NAMED} more` : '';
  return runtimeFailure(
    'INVALID_ARGUMENT',
    `${named.join('; ')}${more}`,
    found.map(({ detail }) => detail),
  );
}

function describe(request: Message, violation: Violation): { sentence: string; detail: FailureDetail } {
  const path = pathToString(violation.field);
  const secret = violation.field.some((step) => isField(step) && isSecret(step));
  // A rule's own message may quote the value.
  const text = secret ? `breaks the rule ${violation.ruleId}` : violation.message;
  return {
    sentence: path === '' ? text : `${path}: ${text}`,
    detail: {
      field: path,
      reason: violation.ruleId.replace(/[^A-Za-z0-9]+/g, '_').toUpperCase(),
      value: secret ? '' : shorten(show(valueAt(request, violation.field), violation.field.at(-1))),
    },
  };
}

function isField(step: Path[number] | undefined): step is DescField {
  return step?.kind === 'field';
}

function isSecret(field: DescField): boolean {
  const policy = fieldPolicyOf(field);
  return policy?.secret === true || policy?.credential === true;
}

function valueAt(request: Message, path: Path): unknown {
  let value: unknown = request;
  for (const step of path) {
    if (value === undefined || value === null) {
      return undefined;
    }
    if (isField(step)) {
      value = valueIn(value as Message, step);
    } else if (step.kind === 'list_sub') {
      value = (value as unknown[])[step.index];
    } else if (step.kind === 'map_sub') {
      value = (value as Record<string, unknown>)[String(step.key)];
    } else if (step.kind === 'oneof') {
      value = (fieldsOf(value as Message)[step.localName] as { case?: string }).case;
    } else {
      return undefined;
    }
  }
  return value;
}

function show(value: unknown, last: Path[number] | undefined): string {
  if (Array.isArray(value)) {
    return `${value.length} entries`;
  }
  if (value instanceof Uint8Array) {
    return `${value.length} bytes`;
  }
  if (isField(last) && last.enum !== undefined && typeof value === 'number') {
    return last.enum.value[value]?.name ?? String(value);
  }
  if (typeof value === 'object' && value !== null) {
    return isField(last) && last.fieldKind === 'map' ? `${Object.keys(value).length} entries` : '';
  }
  return value === undefined || value === null ? '' : String(value);
}

function shorten(text: string): string {
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}

import type { DescEnum, DescFile, DescMessage } from '@bufbuild/protobuf';
import { errorTable } from '@traffic-tacos/policy';
import { shortNames } from '../json/names.ts';
import type { RestErrorModel } from '../response/error-model.ts';
import type { RestRoute } from '../route.ts';
import type { Comments } from './comments.ts';

/** Names of a contract that REST has another name for, where they stand in a text. */
const NAME = /[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+/g;

/**
 * Comments in the words of REST: fields, enum values and error codes by the names that they have in JSON. What no
 * message or enum of the contract has for a name stays as it is.
 */
export function inRestWords(
  comments: Comments,
  routes: readonly RestRoute[],
  errors: RestErrorModel,
): Comments {
  const names = restNames(routes, errors);
  const translated = (text: string): string => text.replace(NAME, (name) => names.get(name) ?? name);
  return {
    of: (desc) => translated(comments.of(desc)),
    summary: (desc) => translated(comments.summary(desc)),
  };
}

/** The enum of a contract's error codes. */
export function codesOf(errors: RestErrorModel): DescEnum | undefined {
  return errors.message?.fields.find((field) => field.name === 'code')?.enum;
}

function restNames(routes: readonly RestRoute[], errors: RestErrorModel): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const addEnum = (desc: DescEnum): void => {
    const short = shortNames(desc);
    for (const { name, number } of desc.values) {
      names.set(name, short.get(number) ?? name);
    }
  };
  const addMessage = (desc: DescMessage): void => {
    for (const { name, jsonName } of desc.fields) {
      names.set(name, jsonName);
    }
    desc.nestedMessages.forEach(addMessage);
    desc.nestedEnums.forEach(addEnum);
  };
  for (const file of filesOf(routes)) {
    file.messages.forEach(addMessage);
    file.enums.forEach(addEnum);
  }
  const codes = codesOf(errors);
  if (codes !== undefined) {
    const table = errorTable(codes);
    for (const { name, number } of codes.values) {
      names.set(name, table.byNumber(number).restCode);
    }
  }
  return names;
}

/** The files that declare what routes take and answer. */
function filesOf(routes: readonly RestRoute[]): ReadonlySet<DescFile> {
  const files = new Set<DescFile>();
  const add = (file: DescFile): void => {
    if (!files.has(file)) {
      files.add(file);
      file.dependencies.forEach(add);
    }
  };
  for (const { method } of routes) {
    add(method.parent.file);
  }
  return files;
}

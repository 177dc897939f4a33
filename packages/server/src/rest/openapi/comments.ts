import type { DescEnum, DescField, DescFile, DescMessage, DescMethod, DescService } from '@bufbuild/protobuf';

/** What a contract has comments on. */
export type Commented =
  | DescMessage
  | DescField
  | DescEnum
  | DescEnum['values'][number]
  | DescService
  | DescMethod;

/** The comments of a contract. */
export interface Comments {
  /** The comment before a declaration, one line for each paragraph; empty without one, or without source information. */
  of(desc: Commented): string;
  /** Its first sentence, without markup. */
  summary(desc: Commented): string;
}

/** Numbers of fields in google/protobuf/descriptor.proto that lead to a declaration. */
const FILE_MESSAGE = 4;
const FILE_ENUM = 5;
const FILE_SERVICE = 6;
const MESSAGE_FIELD = 2;
const MESSAGE_NESTED = 3;
const MESSAGE_ENUM = 4;
const ENUM_VALUE = 2;
const SERVICE_METHOD = 2;

/** Reads comments from the source information of descriptors. */
export function createComments(): Comments {
  const files = new Map<DescFile, ReadonlyMap<string, string>>();
  const of = (desc: Commented): string => {
    const file = fileOf(desc);
    let comments = files.get(file);
    if (comments === undefined) {
      comments = commentsIn(file);
      files.set(file, comments);
    }
    return comments.get(pathOf(desc).join('.')) ?? '';
  };
  return { of, summary: (desc) => firstSentence(of(desc)).replaceAll('`', '') };
}

function commentsIn(file: DescFile): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { path, leadingComments } of file.proto.sourceCodeInfo?.location ?? []) {
    const text = paragraphs(leadingComments);
    if (text !== '') {
      found.set(path.join('.'), text);
    }
  }
  return found;
}

function fileOf(desc: Commented): DescFile {
  switch (desc.kind) {
    case 'field':
    case 'enum_value':
    case 'rpc':
      return desc.parent.file;
    default:
      return desc.file;
  }
}

function pathOf(desc: Commented): number[] {
  switch (desc.kind) {
    case 'service':
      return [FILE_SERVICE, desc.file.proto.service.indexOf(desc.proto)];
    case 'rpc':
      return [...pathOf(desc.parent), SERVICE_METHOD, desc.parent.proto.method.indexOf(desc.proto)];
    case 'field':
      return [...pathOf(desc.parent), MESSAGE_FIELD, desc.parent.proto.field.indexOf(desc.proto)];
    case 'enum_value':
      return [...pathOf(desc.parent), ENUM_VALUE, desc.parent.proto.value.indexOf(desc.proto)];
    case 'enum':
      return desc.parent === undefined
        ? [FILE_ENUM, desc.file.proto.enumType.indexOf(desc.proto)]
        : [...pathOf(desc.parent), MESSAGE_ENUM, desc.parent.proto.enumType.indexOf(desc.proto)];
    case 'message':
      return desc.parent === undefined
        ? [FILE_MESSAGE, desc.file.proto.messageType.indexOf(desc.proto)]
        : [...pathOf(desc.parent), MESSAGE_NESTED, desc.parent.proto.nestedType.indexOf(desc.proto)];
  }
}

/** Lines of a paragraph are joined, blank lines stay. */
function paragraphs(comment: string): string {
  return comment
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trim().replace(/\s*\n\s*/g, ' '))
    .filter((paragraph) => paragraph !== '')
    .join('\n\n');
}

function firstSentence(text: string): string {
  const [paragraph = ''] = text.split('\n');
  const end = /[.!?](?=\s+[A-Z0-9`])/.exec(paragraph);
  return (end === null ? paragraph : paragraph.slice(0, end.index + 1)).replace(/\.$/, '');
}

import { Code } from '@connectrpc/connect';
import type { DescriptorIndex } from './descriptor-index.ts';

/** A question, in the one form that both versions of the protocol share. */
export interface Question {
  readonly host: string;
  readonly messageRequest:
    | {
        case: 'fileByFilename' | 'fileContainingSymbol' | 'allExtensionNumbersOfType' | 'listServices';
        value: string;
      }
    | { case: 'fileContainingExtension'; value: { containingType: string; extensionNumber: number } }
    | { case: undefined };
}

/** An answer, in the one form that both versions of the protocol share. */
export type Answer =
  | { case: 'listServicesResponse'; value: { service: { name: string }[] } }
  | { case: 'fileDescriptorResponse'; value: { fileDescriptorProto: Uint8Array[] } }
  | { case: 'allExtensionNumbersResponse'; value: { baseTypeName: string; extensionNumber: number[] } }
  | { case: 'errorResponse'; value: { errorCode: number; errorMessage: string } };

/** What questions are answered from. */
export interface Reflected {
  readonly index: DescriptorIndex;
  /** Full names of the services. */
  readonly services: readonly string[];
}

/**
 * Answers one question. What is not known is an answer, too: the stream goes on.
 *
 * @param sent - the files that this stream has sent; they are not sent again, save the one that is asked for
 */
export function answer({ index, services }: Reflected, question: Question, sent: Set<string>): Answer {
  const { messageRequest: asked } = question;
  switch (asked.case) {
    case 'listServices':
      return { case: 'listServicesResponse', value: { service: services.map((name) => ({ name })) } };
    case 'fileByFilename':
      return index.has(asked.value)
        ? files(index, asked.value, sent)
        : notFound(`no file ${shown(asked.value)}`);
    case 'fileContainingSymbol': {
      const file = index.fileOfSymbol(asked.value);
      return file === undefined
        ? notFound(`no file declares ${shown(asked.value)}`)
        : files(index, file, sent);
    }
    case 'fileContainingExtension': {
      const { containingType, extensionNumber } = asked.value;
      const file = index.fileOfExtension(containingType, extensionNumber);
      return file === undefined
        ? notFound(`no file declares an extension ${extensionNumber} of ${shown(containingType)}`)
        : files(index, file, sent);
    }
    case 'allExtensionNumbersOfType': {
      const numbers = index.extensionNumbers(asked.value);
      return numbers === undefined
        ? notFound(`no file declares a message ${shown(asked.value)}`)
        : {
            case: 'allExtensionNumbersResponse',
            value: { baseTypeName: asked.value, extensionNumber: [...numbers] },
          };
    }
    default:
      return error(Code.InvalidArgument, 'message_request is not set; expected one of its fields');
  }
}

function files(index: DescriptorIndex, file: string, sent: Set<string>): Answer {
  const wanted = index.withImports(file).filter((name) => name === file || !sent.has(name));
  for (const name of wanted) {
    sent.add(name);
  }
  return {
    case: 'fileDescriptorResponse',
    value: { fileDescriptorProto: wanted.map((name) => index.bytes(name)) },
  };
}

function notFound(message: string): Answer {
  return error(Code.NotFound, message);
}

function error(errorCode: Code, errorMessage: string): Answer {
  return { case: 'errorResponse', value: { errorCode, errorMessage } };
}

/** What a caller sent, short enough to send back. */
function shown(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}

import { table } from '../../store/index.ts';

/** Where a test records answers. */
export const answerTable = table<string>('answer');

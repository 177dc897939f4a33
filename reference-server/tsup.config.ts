import { library } from '../tsup.base.ts';

export default library(
  {
    index: 'src/index.ts',
    bin: 'src/bin.ts',
    'testing/index': 'src/testing/index.ts',
    'store/embedded/worker': 'src/store/embedded/worker.ts',
  },
  { cjs: false, tsconfig: '../tsconfig.build.json' },
);

import { library } from '../../tsup.base.ts';

export default library({ descriptor: 'src/descriptor.ts' }, { cjs: true, shims: true });

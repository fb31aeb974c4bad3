export { loadVariables, type VariableSources } from './load-variables.ts';
export { parameterStore } from './read-parameters.ts';

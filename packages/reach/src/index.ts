export { createReach, type Reach } from './reach.ts';
export { reachRulesOf, reachVariables, type ReachRules } from './reach-rules.ts';

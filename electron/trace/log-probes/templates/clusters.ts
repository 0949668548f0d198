/**
 * Templates of a log, found as its lines pass: Drain's method (He and others, 2017). A line goes down a tree of fixed
 * depth, by how many tokens it has and its first ones, to the few templates it may be of; it joins the one it is most
 * like, or founds another. Memory is bounded, and the same lines give the same templates.
 */
import { TEMPLATES_MAX } from '../limits.ts';
import { joined, maskedTokens, STRING } from './mask.ts';

/** Tokens that lead down the tree. */
const DEPTH = 2;
/** Ways out of a node; further tokens share one. */
const CHILDREN_MAX = 100;
/** Templates that the tree kept apart by their first tokens are one where they share so much. */
const MERGED_SIMILARITY_MIN = 0.6;
const MERGED_TOKENS_MIN = 2;
/** Part of its tokens that a line must share with a template, those that stand for any text left out. */
const SIMILARITY_MIN = 0.5;
const EXAMPLE_CHARACTERS_MAX = 300;
const ANY = '';

export interface Cluster {
  /** As a log probe's template writes them, captures without names: `took`, `{u64}ms`. */
  tokens: string[];
  lines: number;
  /** The first line, in Latin-1, and which it was, counted from 0. */
  readonly example: string;
  readonly firstLine: number;
}

interface Tree {
  readonly children: Map<string, Tree>;
  readonly clusters: Cluster[];
}

export class TemplateMiner {
  readonly clusters: Cluster[] = [];
  /** Lines that came when there were TEMPLATES_MAX templates, and are of none. */
  otherLines = 0;
  #lines = 0;
  readonly #root: Tree = { children: new Map(), clusters: [] };

  /** `message` in Latin-1. */
  add(message: string): void {
    const line = this.#lines++;
    const tokens = maskedTokens(message);
    const leaf = this.#leafOf(tokens);
    const best = mostAlike(leaf.clusters, tokens);
    if (best !== undefined) {
      best.lines += 1;
      for (const [index, token] of tokens.entries())
        best.tokens[index] = joined(best.tokens[index] ?? '', token);
    } else if (this.clusters.length < TEMPLATES_MAX) {
      const example = message.slice(0, EXAMPLE_CHARACTERS_MAX);
      const cluster: Cluster = { tokens, lines: 1, example, firstLine: line };
      leaf.clusters.push(cluster);
      this.clusters.push(cluster);
    } else this.otherLines += 1;
  }

  /** The templates, those joined that differ in what they begin with and little else. */
  templates(): readonly Cluster[] {
    const byLength = new Map<number, Cluster[]>();
    for (const cluster of this.clusters) {
      const { tokens } = cluster;
      const alike = byLength.get(tokens.length) ?? [];
      byLength.set(tokens.length, alike);
      const found = alike.find((other) => {
        const share = likeness(other.tokens, tokens);
        return share >= MERGED_SIMILARITY_MIN && share * tokens.length >= MERGED_TOKENS_MIN;
      });
      if (found === undefined) alike.push({ ...cluster, tokens: [...tokens] });
      else {
        found.lines += cluster.lines;
        found.tokens = found.tokens.map((token, index) => joined(token, tokens[index] ?? ''));
      }
    }
    return [...byLength.values()].flat().sort((a, b) => a.firstLine - b.firstLine);
  }

  #leafOf(tokens: readonly string[]): Tree {
    let node = childOf(this.#root, String(tokens.length));
    for (let depth = 0; depth < DEPTH && depth < tokens.length; depth++) {
      const token = tokens[depth] ?? '';
      // A token of numbers or of any text tells nothing of which template it is.
      node = childOf(node, token.includes('{') ? ANY : token);
    }
    return node;
  }
}

function childOf(node: Tree, token: string): Tree {
  const key = node.children.has(token) || node.children.size < CHILDREN_MAX ? token : ANY;
  const known = node.children.get(key);
  if (known !== undefined) return known;
  const made: Tree = { children: new Map(), clusters: [] };
  node.children.set(key, made);
  return made;
}

/** Of those as like as each other, the first that was founded. */
function mostAlike(clusters: readonly Cluster[], tokens: readonly string[]): Cluster | undefined {
  let best: Cluster | undefined;
  let bestShare = SIMILARITY_MIN;
  for (const cluster of clusters) {
    const share = likeness(cluster.tokens, tokens);
    if (share > bestShare || (share === bestShare && best === undefined)) {
      best = cluster;
      bestShare = share;
    }
  }
  return best;
}

function likeness(template: readonly string[], tokens: readonly string[]): number {
  if (template.length !== tokens.length) return 0;
  if (tokens.length === 0) return 1;
  let same = 0;
  for (let index = 0; index < tokens.length; index++) {
    const token = template[index] ?? '';
    if (token === tokens[index] && !token.startsWith(STRING)) same += 1;
  }
  return same / tokens.length;
}

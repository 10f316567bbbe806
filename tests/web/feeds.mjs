// Reads feeds with rss-parser and JSON.parse, as a Node program would.
// In: JSON on stdin, a list of {kind: rss | atom | json, text}. Out: JSON on stdout: the items of
// each feed by id, with title, summary, authors and tags as the reader hands them over.
import { text } from "node:stream/consumers";
import Parser from "rss-parser";

const ALL = { keepArray: true };
const RSS = new Parser({ customFields: { item: [["dc:creator", "creators", ALL]] } });
const ATOM = new Parser({
  customFields: { item: [["author", "authors", ALL], ["category", "tags", ALL]] },
});

const READ = {
  rss: async (source) => (await RSS.parseString(source)).items.map((item) => [item.guid, [
    item.title, item.contentSnippet, item.creators ?? [item.author], item.categories ?? [],
  ]]),
  atom: async (source) => (await ATOM.parseString(source)).items.map((item) => [item.id, [
    item.title, item.summary, item.authors.map(({ name }) => name[0]),
    (item.tags ?? []).map((tag) => tag.$.term),
  ]]),
  json: async (source) => JSON.parse(source).items.map((item) => [item.id, [
    item.title, item.summary, item.authors.map(({ name }) => name), item.tags ?? [],
  ]]),
};

const feeds = JSON.parse(await text(process.stdin));
const read = await Promise.all(feeds.map(({ kind, text: source }) => READ[kind](source)));
process.stdout.write(JSON.stringify(read.map(Object.fromEntries)));

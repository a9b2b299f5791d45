// The editor of a page: CodeMirror 6 with whatever a page's compiler answers. `make` is its face.

import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  snippet,
} from "@codemirror/autocomplete";
import {
  defaultKeymap,
  history,
  historyKeymap,
  indentLess,
  indentMore,
} from "@codemirror/commands";
import { pythonLanguage } from "@codemirror/lang-python";
import {
  HighlightStyle,
  bracketMatching,
  foldGutter,
  foldKeymap,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, Prec, Transaction } from "@codemirror/state";
import {
  EditorView,
  drawSelection,
  highlightActiveLine,
  highlightActiveLineGutter,
  hoverTooltip,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

/**
 * A change of the text that ends a problem.
 * @typedef {{title: string, from: number, to: number, text: string}} Fix
 *
 * Something to be said of a stretch of the text. Places are in the letters of JavaScript.
 * @typedef {{from: number, to: number, severity: "error" | "warning", code: string,
 *   message: string, hint: string, fixes: Fix[]}} Problem
 *
 * What could be written: `insert` is the text that comes, behind whose bracket the cursor stays.
 * @typedef {{label: string, sort: string, detail: string, insert: string}} Choice
 *
 * What an editor asks of its page. Answers may come late or never; null is an answer.
 * @typedef {{
 *   complete?: (text: string, at: number) => Promise<{from: number, choices: Choice[]} | null>,
 *   hover?: (text: string, at: number) => Promise<{from: number, to: number, says: Node} | null>,
 *   changed?: (text: string, cursor: number) => void,
 *   moved?: (cursor: number) => void,
 *   format?: () => void,
 *   save?: () => void,
 * }} Page
 */

// Colours are variables of the page's style, so that light and dark are its business.
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.bool, tags.null], color: "var(--keyword)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--string)" },
  { tag: tags.number, color: "var(--number)" },
  { tag: tags.propertyName, color: "var(--attribute)" },
  { tag: [tags.meta, tags.function(tags.variableName)], color: "var(--predicted)" },
  { tag: tags.comment, color: "var(--note)", fontStyle: "italic" },
]);

const look = EditorView.theme({
  "&": { backgroundColor: "var(--card)", color: "var(--ink)", fontSize: "14px" },
  ".cm-scroller": { fontFamily: 'ui-monospace, "DejaVu Sans Mono", Menlo, monospace' },
  ".cm-content": { caretColor: "var(--ink)", padding: "8px 0" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--card)", color: "var(--faint)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--active)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground":
    { backgroundColor: "var(--selection)" },
  ".cm-matchingBracket": { backgroundColor: "var(--selection)", color: "inherit" },
  ".cm-tooltip, .cm-panels": {
    backgroundColor: "var(--card)",
    color: "var(--ink)",
    border: "1px solid var(--line)",
  },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--link)",
    color: "var(--page)",
  },
  ".cm-completionDetail": { fontStyle: "normal", opacity: "0.8" },
  ".cm-diagnosticAction": { backgroundColor: "var(--link)", color: "var(--page)" },
  ".cm-tooltip.cm-tooltip-hover": { maxWidth: "min(560px, 90vw)" },
});

/** @param {Choice} choice */
function option(choice) {
  const types = { attribute: "property", mechanism: "function", label: "text", local: "variable" };
  return {
    label: choice.label,
    type: /** @type {Record<string, string>} */ (types)[choice.sort] ?? choice.sort,
    detail: choice.detail.length > 60 ? `${choice.detail.slice(0, 58)}…` : choice.detail,
    info: choice.detail.length > 60 ? choice.detail : undefined,
    apply: /\($/.test(choice.insert)
      ? snippet(`${choice.insert}\${})`)
      : choice.insert.replace(/\$\{/g, "$ {"),
  };
}

/** @param {Problem} problem */
function diagnostic(problem) {
  return {
    from: problem.from,
    to: problem.to,
    severity: problem.severity,
    source: problem.code,
    message: problem.hint ? `${problem.message}\n${problem.hint}` : problem.message,
    actions: problem.fixes.map((fix) => ({
      name: fix.title,
      /** @param {EditorView} view */
      apply: (view) =>
        view.dispatch({
          changes: { from: fix.from, to: fix.to, insert: fix.text },
          userEvent: "input.fix",
        }),
    })),
  };
}

/** @param {Page} page */
const completion = (page) =>
  autocompletion({
    icons: false,
    override: [
      async (context) => {
        const begun = context.matchBefore(/[\w.@"']*$/);
        if (!context.explicit && (!begun || begun.from === begun.to)) return null;
        const found = await page.complete?.(context.state.doc.toString(), context.pos);
        if (!found || context.aborted) return null;
        return { from: found.from, options: found.choices.map(option), validFor: /^\w*$/ };
      },
    ],
  });

/** @param {Page} page */
const hover = (page) =>
  hoverTooltip(async (view, at) => {
    const found = await page.hover?.(view.state.doc.toString(), at);
    if (!found) return null;
    const dom = document.createElement("div");
    dom.className = "told";
    dom.append(found.says);
    return { pos: found.from, end: found.to, above: true, create: () => ({ dom }) };
  });

/**
 * @param {(() => void) | undefined} work
 * @returns {() => boolean}
 */
const whole = (work) => () => {
  work?.();
  return Boolean(work);
};

/**
 * An editor in an element.
 * @param {{parent: Element, text: string, label: string, page: Page}} wanted
 */
export function make({ parent, text, label, page }) {
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        foldGutter(),
        history(),
        drawSelection(),
        indentUnit.of("    "),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        highlightSelectionMatches(),
        search({ top: true }),
        lintGutter(),
        pythonLanguage,
        syntaxHighlighting(colours),
        completion(page),
        hover(page),
        look,
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": label }),
        Prec.high(
          keymap.of([
            { key: "Tab", run: acceptCompletion },
            { key: "Mod-s", run: whole(page.save), preventDefault: true },
            { key: "Shift-Alt-f", run: whole(page.format), preventDefault: true },
          ]),
        ),
        // Escape, then Tab leaves the editor: CodeMirror's own way for who has no mouse.
        keymap.of([
          ...closeBracketsKeymap,
          ...defaultKeymap,
          ...searchKeymap,
          ...historyKeymap,
          ...foldKeymap,
          ...completionKeymap,
          ...lintKeymap,
          { key: "Tab", run: indentMore, shift: indentLess },
        ]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) page.changed?.(update.state.doc.toString(), cursor());
          else if (update.selectionSet) page.moved?.(cursor());
        }),
      ],
    }),
  });
  const cursor = () => view.state.selection.main.head;
  return {
    text: () => view.state.doc.toString(),
    cursor,
    focus: () => view.focus(),
    /**
     * Another text in place of all; the cursor stays where it can.
     * @param {string} next
     * @param {boolean} [undone] whether undo brings the old text back
     */
    replace(next, undone = true) {
      if (next === view.state.doc.toString()) return;
      const at = Math.min(cursor(), next.length);
      view.dispatch({
        changes: { from: 0, to: view.state.doc.length, insert: next },
        selection: { anchor: at },
        annotations: undone ? [] : [Transaction.addToHistory.of(false)],
      });
    },
    /** @param {Problem[]} problems */
    tell(problems) {
      const most = view.state.doc.length;
      const inside = problems.filter((one) => one.from <= most && one.to <= most);
      view.dispatch(setDiagnostics(view.state, inside.map(diagnostic)));
    },
    /**
     * @param {number} from
     * @param {number} to
     */
    select(from, to) {
      view.dispatch({ selection: { anchor: from, head: to }, scrollIntoView: true });
      view.focus();
    },
  };
}

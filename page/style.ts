/** The style of the page. Colours mean one thing each, and each has a sign beside it: a hatch, a mark or a word. */
export const STYLE = `
:root{color-scheme:light dark;--ink:#1c1f24;--dim:#5b6472;--line:#d9dde3;--paper:#fff;--raised:#f6f7f9;--vm:#b3560b;--vm2:#d98a45;--pods:#1f5fbf;--go:#1a7f37;--wait:#7a5b00;--halt:#c4233a;--now:#1c1f24}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ee;--dim:#9aa4b2;--line:#30363f;--paper:#14171b;--raised:#1c2026;--vm:#f0a35c;--vm2:#b9722e;--pods:#74a9ff;--go:#57c76b;--wait:#e0b84a;--halt:#ff7b89;--now:#fff}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem 1rem 4rem;max-width:52rem;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;font-variant-numeric:tabular-nums}
h1{font-size:1.5rem;margin:0}h2{font-size:1.2rem;margin:0 0 .5rem;overflow-wrap:anywhere}
small,.meta,.detail{color:var(--dim)}small{font-weight:400;font-size:.85em}
a{color:var(--pods)}a:focus-visible,summary:focus-visible,input:focus-visible{outline:3px solid var(--pods);outline-offset:2px;border-radius:3px}
table{width:100%;border-collapse:collapse;font-size:.92rem}th,td{text-align:left;padding:.35rem .6rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:baseline;overflow-wrap:anywhere}thead th{white-space:nowrap;color:var(--dim);font-weight:500}tbody th{font-weight:500}
section{margin-top:2rem;padding:1.25rem;border:1px solid var(--line);border-radius:12px;background:var(--raised);content-visibility:auto;contain-intrinsic-size:auto 900px}section>*+*{margin-top:.9rem}.scroll{overflow-x:auto}.scroll svg{min-width:40rem}figure{margin:.9rem 0 0}figcaption{font-size:.8rem;color:var(--dim)}
[hidden]{display:none!important}
.filter{display:flex;gap:.5rem;align-items:center;margin:.75rem 0}.filter input{flex:1;font:inherit;padding:.35rem .6rem;border:1px solid var(--line);border-radius:8px;background:var(--raised);color:inherit}
.go{color:var(--go)}.wait{color:var(--wait)}.halt{color:var(--halt)}tr.halt th a,tr.halt td:last-child{color:var(--halt);font-weight:600}
tr.go,tr.wait,tr.through{color:inherit}
.attention{margin:0;padding:.6rem .6rem .6rem 2rem;border-left:4px solid var(--halt);background:var(--paper);overflow-wrap:anywhere}
.unasked{color:var(--dim)}
.track{display:flex;flex-wrap:wrap;gap:.3rem;list-style:none;margin:0;padding:0;font-size:.82rem}.track li{padding:.15rem .55rem;border:1px solid var(--line);border-radius:99px;background:var(--paper)}.track .past{color:var(--dim)}.track .past::before{content:"✓ "}.track .now{background:var(--now);border-color:var(--now);color:var(--paper);font-weight:600}
svg{display:block;width:100%;height:auto}.shares{height:4.5rem}.history{height:3.2rem;background:var(--paper);border-radius:6px}.shares{border-radius:6px}.shares .kubernetes{fill:var(--pods)}.shares .now{fill:none;stroke:var(--now);stroke-width:3;vector-effect:non-scaling-stroke}
.history path{fill:none;vector-effect:non-scaling-stroke;stroke-width:2}.history .measured{stroke:var(--pods)}.history .declared{stroke:var(--dim);stroke-dasharray:6 5}
.topology text{font-size:13px;fill:var(--ink)}.topology .detail{font-size:11px;fill:var(--dim)}.topology rect{fill:var(--paper);stroke:var(--line);stroke-width:1.5}.topology .mark{fill:none;stroke:var(--dim);stroke-width:2}.topology .vm rect,.topology .vm .mark{stroke:var(--vm)}.topology .kubernetes rect,.topology .kubernetes .mark{stroke:var(--pods)}.topology .edge path{fill:none;stroke:var(--dim)}.topology .edge.vm path{stroke:var(--vm)}.topology .edge.kubernetes path{stroke:var(--pods)}.topology .edge.none path{stroke-dasharray:3 5}.topology .edge text{paint-order:stroke;stroke:var(--raised);stroke-width:5px}
.bars{display:grid;gap:.3rem;font-size:.85rem}.bar{display:grid;grid-template-columns:5rem 1fr 11rem;gap:.6rem;align-items:center}
.split{display:inline-block;height:.8em;width:100%;border-radius:3px;background:var(--line)}td .split{width:clamp(3rem,14vw,6rem);vertical-align:baseline}.split .vm,.shares .vm{fill:url(#vm-hatch)}.split .kubernetes{fill:var(--pods)}#vm-hatch path{stroke:var(--vm);stroke-width:2}#vm-hatch rect{fill:var(--vm2)}.defs{position:absolute;width:0;height:0}
summary{cursor:pointer}details table,.changes{margin:.5rem 0 0}.changes{list-style:none;padding:0;font-size:.9rem}
.chip{display:inline-block;padding:.1rem .5rem;border:1px solid var(--line);border-radius:6px}
.actions{display:flex;flex-wrap:wrap;gap:.5rem}button{font:inherit;padding:.35rem .8rem;border:1px solid var(--line);border-radius:8px;background:var(--paper);color:inherit;cursor:pointer}button:hover:not(:disabled){border-color:var(--ink)}button:disabled{opacity:.5;cursor:default}button.main{background:var(--now);border-color:var(--now);color:var(--paper);font-weight:600}button:focus-visible,.scroll:focus-visible{outline:3px solid var(--pods);outline-offset:2px}
#live-status{position:sticky;top:0;z-index:1;margin:0 -1rem;padding:.3rem 1rem;background:var(--paper);color:var(--dim);font-size:.85rem}#live-status.lost{color:var(--halt);font-weight:600}
dialog{max-width:min(46rem,94vw);border:1px solid var(--line);border-radius:12px;background:var(--paper);color:inherit;padding:1.25rem}dialog::backdrop{background:#0008}dialog pre{max-height:50vh;overflow:auto;padding:.8rem;border-radius:8px;background:var(--raised);font:.82rem/1.45 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}dialog pre:empty{display:none}
@media (max-width:34rem){.bar{grid-template-columns:4.5rem 1fr}.bar>:last-child{grid-column:2}section{padding:.8rem}}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
@media print{section{break-inside:avoid;content-visibility:visible}}
`.replaceAll('\n', '');

/** Filters the table and the sections by what is typed. Without JavaScript everything is shown, and nothing is missing. */
export const SCRIPT = `
const filter=()=>{
const input=document.querySelector('.filter input');if(!input)return;
input.parentElement.hidden=false;
const words=input.value.toLowerCase().split(/\\s+/).filter(Boolean);
for(const e of document.querySelectorAll('[data-text]')){const text=e.dataset.text.toLowerCase();e.hidden=!words.every(w=>text.includes(w));}
};
document.addEventListener('input',e=>{if(e.target.matches('.filter input'))filter();});
filter();`.replaceAll('\n', '');

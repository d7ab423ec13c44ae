/**
 * What the served page does beyond the written one: it takes new states from the server as they come, and shows a move
 * before it is proposed. It knows the server by its own address alone, which holds the secret.
 */
export const LIVE_SCRIPT = `
const status=document.querySelector('#live-status'),page=document.querySelector('#page'),dialog=document.querySelector('dialog');
const say=(text,lost)=>{status.textContent=text;status.classList.toggle('lost',lost);
for(const b of document.querySelectorAll('button[data-move]'))b.disabled=lost;};
const keyOf=(e,i)=>e.id||e.tagName+i;
const take=(html)=>{
const next=new DOMParser().parseFromString(html,'text/html').body;
const open=new Map([...page.querySelectorAll('details')].map(d=>[d.dataset.key,d.open]));
const focus=document.activeElement&&document.activeElement.id;
for(const d of next.querySelectorAll('details'))if(open.has(d.dataset.key))d.open=open.get(d.dataset.key);
const old=new Map([...page.children].map((e,i)=>[keyOf(e,i),e]));
page.replaceChildren(...[...next.children].map((e,i)=>{const o=old.get(keyOf(e,i));return o&&o.outerHTML===e.outerHTML?o:document.adoptNode(e)}));
if(focus){const e=document.getElementById(focus);if(e&&e!==document.activeElement)e.focus({preventScroll:true});}
filter();
};
const events=new EventSource('events');
events.addEventListener('page',e=>{const {html,at}=JSON.parse(e.data);take(html);say('live, '+at,false);});
events.addEventListener('trouble',e=>say(JSON.parse(e.data),false));
events.onerror=()=>say('The server of this dashboard does not answer. What you see is no longer kept up to date.',true);
const ask=async(body)=>{const r=await fetch('move',{method:'POST',headers:{'content-type':'application/json'},body:JSON.stringify(body)});
if(!r.ok)throw new Error(await r.text()||'HTTP '+r.status);return r.json();};
const part=(name)=>dialog.querySelector('[data-part='+name+']');
let wanted;
const show=(answer,done)=>{
part('title').textContent=answer.title;part('summary').textContent=answer.summary;part('body').textContent=answer.body;
part('go').hidden=done||!answer.possible;part('close').textContent=done||!answer.possible?'Close':'Cancel';
const link=part('link');link.hidden=!answer.url;if(answer.url)link.href=answer.url;
};
const busy=(text)=>show({title:text,summary:'',body:''},false);
const fail=(error)=>show({title:'It did not work',summary:error.message,body:''},true);
document.addEventListener('click',async(e)=>{
const b=e.target.closest&&e.target.closest('button[data-move]');if(!b)return;
wanted={id:b.dataset.id,kind:b.dataset.move,to:b.dataset.to};
busy('Looking at what would change …');dialog.showModal();
try{const answer=await ask({...wanted,dryRun:true});if(dialog.open)show(answer,false);}catch(error){fail(error);}
});
part('close').addEventListener('click',()=>dialog.close());
part('go').addEventListener('click',async()=>{
part('go').hidden=true;part('title').textContent='Opening the pull request …';
try{show(await ask({...wanted,dryRun:false}),true);}catch(error){fail(error);}
});`.replaceAll('\n', '');

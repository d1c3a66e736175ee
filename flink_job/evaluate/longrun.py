"""The long run: what a user is expected to choose over all lists that they might be shown."""
from collections import defaultdict
import numpy as np
from flink_job.local.traffic.listings import Listings
from flink_job.local.traffic.sessions import CHOICES, climb
from flink_job.local.traffic.tastes import utilities
from flink_job.local.traffic.truth import inclusion
from flink_job.evaluate.expectation import _People, Expectation
from flink_job.local.traffic.columns import columns
_CHUNK=500

def longrun(world, names, times, size, rng, per_item=2.5, least=60):
    """times[name]: array of (at seconds, weight)."""
    people=_People(columns(world.items),world.seed)
    listings=Listings(people.matrices,world.seed,size)
    T=len(world.items.catalogue.types)
    plan=[]  # user, taste, search, weight
    for u,name in enumerate(names):
        own=times.get(name)
        if not own: continue
        who=people.user(name)
        at=np.array([a for a,_ in own]); w=np.array([b for _,b in own]); w=w/w.sum()
        P=max(least,per_item*1.7*len(own))
        if who.second is None:
            searches=[(listings.searches(who.first),1.0)]
            for s,ps in searches:
                p=np.diff([0.0,*s.ends])
                for find,pp in zip(s.finds,p.tolist()):
                    k=max(1,round(pp*P))
                    for _ in range(k): plan.append((u,who.first,find,pp/k))
        else:
            # several moments, each with both searches
            per=8
            qs=np.interp((np.arange(per)+.5)/per,np.cumsum(w)-w/2,at)
            s1,s2=listings.searches(who.first),listings.searches(who.second)
            for t in qs.tolist():
                d=who.drift(t); taste=who.taste(t)
                for s,ps in ((s1,1-d),(s2,d)):
                    p=np.diff([0.0,*s.ends])
                    for find,pp in zip(s.finds,p.tolist()):
                        k=max(1,round(pp*ps*P/per))
                        for _ in range(k): plan.append((u,taste,find,pp*ps/per/k))
    out=[]
    from flink_job.local.traffic.listings import Searches
    for a in range(0,len(plan),_CHUNK):
        part=plan[a:a+_CHUNK]
        pages=listings.pages([Searches([1.0],[f]) for _,_,f,_ in part],rng)
        ut=utilities(people.matrices,[t for _,t,_,_ in part],np.arange(len(part)),pages.items)
        odds=np.where(pages.repeated,0.0,np.exp(ut-ut.max(axis=1,keepdims=True)))
        inc=sum(c*inclusion(odds,k+1) for k,c in enumerate(CHOICES))
        ceil=np.array([t.ceiling for _,t,_,_ in part])[:,None]
        r=inc[...,None]*climb(ut,ceil)[...,None]**np.arange(T)
        r*=np.array([w for *_,w in part])[:,None,None]
        us=np.broadcast_to(np.array([u for u,*_ in part])[:,None],pages.items.shape)
        out.append((us.ravel(),pages.items.ravel(),r.reshape(-1,T)))
    U,I,R=(np.concatenate(x) for x in zip(*out))
    return Expectation(U,np.zeros(len(U),dtype=np.int64),I,R), len(plan)

"""Fixed tables for the typo method: which keys lie side by side, and how people misspell words.

``NEIGHBOURS`` maps each lower-case letter to the letter keys that touch it on a US QWERTY keyboard.
``MISSPELLINGS`` maps a correct lower-case word to one to three ways people commonly get it wrong.
The words are British and American. No misspelling in the table is a correct English word itself,
so putting one in never turns a word into another word.
"""

from __future__ import annotations

from typing import Final

NEIGHBOURS: Final[dict[str, str]] = {
    "a": "qwsz",
    "b": "vghn",
    "c": "xdfv",
    "d": "serfcx",
    "e": "wsdr",
    "f": "drtgvc",
    "g": "ftyhbv",
    "h": "gyujnb",
    "i": "ujko",
    "j": "huikmn",
    "k": "jiolm",
    "l": "kop",
    "m": "njk",
    "n": "bhjm",
    "o": "iklp",
    "p": "ol",
    "q": "wa",
    "r": "edft",
    "s": "awedxz",
    "t": "rfgy",
    "u": "yhji",
    "v": "cfgb",
    "w": "qase",
    "x": "zsdc",
    "y": "tghu",
    "z": "asx",
}

# One entry is "correct:wrong" or "correct:wrong,wrong"; entries are separated by white space.
_TABLE: Final = """
absence:absense,abscence absolutely:absolutly accept:acept acceptable:acceptible accepted:acepted
access:acess,acces accessible:accessable accessories:accesories,acessories accident:acident
accidentally:accidentaly accommodate:accomodate,acommodate accommodation:accomodation
according:acording,accoring account:acount,accout accounts:acounts accurate:acurate,accurrate
achieve:acheive acknowledge:aknowledge,acknowlege acquaintance:aquaintance acquire:aquire
across:accross activate:activte activation:activiation,activaton actual:acutal
actually:actualy,acutally additional:additonal,aditional additionally:additionaly
address:adress,addres addresses:adresses adequate:adaquate admit:addmit
advertised:advertized,advertisd advertisement:advertisment again:agian against:agianst
aggressive:agressive agreement:aggreement almost:allmost already:allready,alredy alright:allright
although:allthough,altough always:allways,alwasy amateur:amatuer amazing:amazeing among:amoung
amount:ammount,amout annoyed:anoyed annoying:anoying annual:anual annually:anually
answer:anwser,aswer answered:anwsered apologies:apoligies,appologies apologize:appologize
apology:appology apparent:apparant apparently:apparantly,aparently appear:apear
appearance:appearence,apperance appeared:apeared applied:aplied apply:aply appointment:apointment
appreciate:apreciate,appriciate appreciated:apreciated approach:aproach
appropriate:apropriate,appropiate approval:aproval approve:aprove
approximately:aproximately,approximatly argument:arguement around:arround,aroud arrange:arange
arrangement:arrangment arrival:arival,arrivel arrive:arive arrived:arived,arrivd arriving:ariving
article:artical ashamed:ashammed assembly:assembley,asembly assistance:assistence,asistance
assistant:assistent associated:asociated assume:asume athlete:athelete attached:atached,attatched
attachment:attachement,attatchment attempt:atempt,attemp attempted:atempted attempts:atempts
attention:atention authentication:authentification author:auther authorise:autorise
authorised:autorised authorize:autorize authorized:autorized automatic:automattic
automatically:automaticly,automaticaly available:availble,avaliable,availible awful:awfull
awkward:akward balance:balence,balanse bargain:bargin basically:basicly,basicaly
battery:batery,battry beautiful:beautifull,beutiful because:becuase,becouse,becasue
becoming:becomming before:befor,beofre beginning:begining,beggining behavior:behavoir
behaviour:behavour,behaviuor belief:beleif believe:beleive,belive benefit:benifit benefits:benifits
between:beetween,betwen bicycle:bycicle birthday:brithday biscuit:biscut bottle:bottel
bought:bougt,baught breakfast:breakfest brilliant:briliant broccoli:brocolli,brocoli brought:brougt
browser:broswer,browzer business:buisness,busines,bussiness button:buton cabinet:cabnet,cabinat
caffeine:caffiene calculator:calculater calendar:calander,calandar camera:camara,camrea
cancel:cancle,cansel cancellation:cancellaton,cancelaton cancelled:cancled,canceld
cancelling:cancleing cannot:canot careful:carefull carried:carryed category:catagory,categorey
caught:caugt ceiling:cieling cemetery:cemetary certain:certian certainly:certianly,certainley
challenge:challange changeable:changable changed:chaged,chnaged changes:chagnes charge:chrage
charged:chraged,charaged charger:chargar cheapest:cheepest checkout:chekout,checkot
children:childern,chidren chocolate:choclate,chocolat chosen:choosen claim:cliam clearly:clearley
colleague:collegue,colleage collection:colection,collecton colour:coulor column:collum
coming:comming,comeing commission:comission,commision commit:comit commitment:committment,comitment
committed:comitted,commited committee:comittee,commitee communicate:comunicate
communication:comunication company:compnay,compay comparison:comparision
compatible:compatable,compatibel compensation:compensaton,compansation complain:complian
complaint:complant complete:compleet,complet completed:compleeted completely:completly,compleatly
computer:computor,compuer concerned:concernd condition:condtion,conditon conference:confrence
confirm:comfirm,confrim confirmation:comfirmation,confirmaton confirmed:comfirmed,confrimed
confused:confussed confusing:confuseing connect:conect connection:conection,connecton
conscience:concience conscious:concious consider:concider consistent:consistant contact:contcat
contacted:contaced continue:contine,continu continuous:continous contract:contarct
controversial:contraversial convenience:convinience,convienence convenient:convienient,convinient
correct:corect correctly:correctley,corectly could:coud,cuold counterfeit:counterfiet,counterfit
country:contry coupon:cupon,coupen courier:couriar,couier courteous:curteous created:creatd,craeted
credit:credt,creidt criteria:critera criticism:critisism criticize:critisize curiosity:curiousity
currency:currancy,curreny current:curent currently:currentley,curently curtain:curtian
customer:custumer,cutomer customers:custumers,costomers damage:damadge,dammage
damaged:damadged,dammaged dealt:delt debit:debbit deceive:decieve december:decmber,decembre
decide:deside,decied decided:desided decision:decison,desision declined:decliend,declind
deducted:dedcuted deduction:deducton defective:defektive,defctive definite:definate
definitely:definately,definitly,defiantely definition:defination,definiton delayed:delayd,deleyed
delete:delet deleted:deletd deliver:delivar,diliver delivered:deliverd,delievered
deliveries:deliverys,delieveries delivery:delivary,delievery,dilivery deposit:depost,desposit
depot:deppot describe:discribe described:discribed description:discription,desciption
desperate:desparate despite:dispite details:detials,detailes develop:develope dictionary:dictionery
difference:diffrence,differance different:diffrent,differnt difficult:dificult,difficlt
difficulty:dificulty disabled:dissabled disappear:dissapear,disapear disappeared:dissapeared
disappoint:dissapoint disappointed:dissapointed,disapointed disappointing:dissapointing
disappointment:dissapointment disaster:dissaster discount:discout,dicount discounted:discouted
discrepancy:discrepency discuss:disscuss dispatch:dispach dispatched:dispached,disptached
display:diplay dispute:disput dissatisfied:disatisfied doctor:docter doesn't:doesnt,dosen't
don't:dont double:doubel download:donwload,dowload duplicate:dupplicate,duplicat
during:durring,durign easily:easly,easilly effective:efective efficient:eficient,efficent
effort:efort eighth:eigth either:eithr electricity:electicity,electrisity elevator:elevater
eligible:elegible,eligable email:emial,eamil embarrass:embarass embarrassed:embarassed
embarrassing:embarassing emergency:emergancy enough:enuogh enquiry:enqiry entirely:entirley,entirly
entrepreneur:enterpreneur environment:enviroment,envirnoment equipment:equiptment
escalate:escelate,esculate especially:especialy,expecially essential:essencial,esential
estimated:estimatd,estimeted eventually:eventualy,eventully every:evrey everyone:everone,everyon
everything:everthing,evrything evidence:evidance exactly:exactley,excatly exaggerate:exagerate
exceed:excede excellent:excelent,exellent except:exept exchange:exchagne,exhange
exercise:excercise,exersise existence:existance existing:exisiting expected:expeted,excpected
expensive:expencive,expesive experience:experiance,expirience expiration:experation expire:expier
expired:expierd explain:explane,explian explained:explaned explanation:explaination,explanaton
express:expres extension:extention extremely:extremly,extreamly facilities:facilites failed:faild
failure:failur familiar:familar,familliar fascinating:facinating faulty:faultey,falty
favorite:favorit,favorate favourite:favourit,favorate feature:feture february:febuary,feburary
finally:finaly,finnaly financial:finacial,finantial finished:finnished fluorescent:flourescent
forbidden:forbiden foreign:foriegn,foregin foreigner:foriegner forgotten:forgoten,forgotton
forty:fourty forward:foward forwarded:fowarded frequent:frequant frequently:frequantly
friday:firday,frieday fridge:frige friend:freind,frend friends:freinds
frustrated:fustrated,frustated frustrating:fustrating,frustating fulfil:fullfil
fundamental:fundemental furniture:furnature,furniure further:furthur,futher garbage:garbadge
gauge:guage generally:generaly,genrally genuine:genuin,geniune goodbye:goodbey
government:goverment,govenment grammar:grammer grateful:greatful,gratefull great:graet
guarantee:garantee,guarentee,gaurantee guaranteed:garanteed,guarenteed
guarantees:garantees,guarentees guard:gaurd guess:geuss guidance:guidence happened:happend,hapened
happening:happning happily:happyly harass:harrass harassment:harrassment having:haveing
headphones:headfones,headphons height:heigth helpful:helpfull hesitate:hesistate hierarchy:heirarchy
holiday:holliday,holyday honest:honnest honestly:honestley hopefully:hopefuly,hopfully
however:howerver,howver hundred:hunderd husband:husbend identification:indentification
identify:indentify identity:idenity,indentity ignored:ingored image:imgae
immediate:immediat,imediate immediately:immediatly,imediately,immediatley important:importent
impossible:imposible impression:impresion improvement:improvment inaccurate:innacurate,inacurate
included:inculded,includd including:inculding,includeing incompatible:incompatable
inconsistent:inconsistant inconvenience:inconvienence,inconvinience incorrect:incorect
incorrectly:incorectly increase:increse increased:incresed incredible:incredable,incredibel
independent:independant indicated:indicatd individual:indivdual,individaul inform:infrom
information:infomation,informaton informed:infromed inquiry:inquirey install:intall
installation:instalation installed:instaled instalment:installmant instead:insted,instaed
instructions:instuctions,instructons insurance:insurence,insurrance intelligent:inteligent
interest:intrest interested:intrested,intersted interesting:intresting interrupt:interupt
introduce:intraduce invalid:invaild invoice:invoce,invoise,invioce invoices:invoces
irrelevant:irrelevent irritated:iritated island:iland issue:isue issued:isued issues:isues,isseus
jacket:jaket jewellery:jewelery,jewlery journey:jurney keyboard:keybord kitchen:kichen knew:knwe
know:konw knowledge:knowlege,knowledg label:lable language:langauge,languge laptop:labtop
leather:lether,leathar leisure:liesure length:lenght letter:leter library:libary licence:lisence
license:lisence,liscense likely:likley listed:listd literally:literaly,litterally
little:litle,littel location:loction,locaton locked:loked login:loggin lonely:lonley
loyalty:loyality luggage:lugage machine:machien,mashine maintain:mantain
maintenance:maintainance,maintenence manager:managar manually:manualy
manufacturer:manufacurer,manufactuer material:matirial,materiel mattress:matress,mattres
maximum:maxium,maximun maybe:mabye,mabey measure:mesure measurements:mesurements
medicine:medecine,medicin medium:meduim member:memeber membership:memebership mention:mension
mentioned:mentiond,metioned message:mesage,messege messages:mesages millennium:millenium,milennium
miniature:minature minimum:minimun minute:minuite minutes:minuites,mintues mischievous:mischievious
misleading:missleading missing:mising misspell:mispell,misspel mistake:misstake
misunderstanding:missunderstanding mobile:moblie moment:momment monday:mondey money:mony,moeny
month:mounth,monht monthly:montly,monthley months:mounths,motnhs morning:mornig mortgage:morgage
multiple:mutiple,multipel mysterious:misterious naturally:naturaly
necessarily:necessarly,neccessarily necessary:neccessary,necessery,neccesary
neighbor:nieghbor,nighbor neighbour:nieghbour neighbours:nieghbours neither:niether network:netwrok
never:nver nevertheless:neverthless niece:neice night:nigth ninety:ninty ninth:nineth
nothing:nohting noticeable:noticable noticed:noticd notification:notifcation,notificaton
notified:notifed number:nubmer,numer numbers:nubmers obvious:obvius obviously:obviosly,obviusly
occasion:occassion,ocasion occasionally:occassionally,occasionaly occur:occure,ocur
occurred:occured,ocurred occurrence:occurence,occurrance october:ocotber,octobre
offered:offerd,offred official:offical,oficial often:offen,oftne omission:ommission
online:onlien,onlin opened:opend opening:openning operation:opperation opinion:opinon
opportunity:oppurtunity,oportunity opposite:oposite,opposit optimistic:optomistic
option:opton,optoin options:optons order:ordr,odrer ordered:orderd ordering:odering orders:oders
ordinary:ordinery organisation:organistion,orginisation organise:organsie original:orginal,origional
originally:orginally,originaly otherwise:otherwize outstanding:outsanding overcharged:overchraged
overdue:overdew package:pakage,packge packages:pakages packaging:packageing,pakaging paid:piad
parallel:paralell,parrallel parcel:parcle,parsel parcels:parcles parliament:parliment
particular:perticular particularly:particularily,perticularly password:pasword,passwrod
passwords:paswords pastime:passtime patience:patiance patient:pateint pavilion:pavillion
payment:paymant,paymnet,payement payments:paymants,payements people:poeple,peple perceive:percieve
percent:precent perfect:perfekt perform:perfom perfume:parfume,perfum perhaps:prehaps period:peroid
permanent:permanant,permenant permission:permision permitted:permited persistent:persistant
personal:personel,persoanl personnel:personell persuade:pursuade phone:fone,phoen photo:foto
piece:peice pieces:peices pleasant:plesant please:plese,pleaze,plase pleased:plesed possess:posess
possession:posession possibility:possibilty possible:possable,posible possibly:possably,posibly
postage:postge postcode:poscode,postocde postpone:postphone potatoes:potatos practically:practicly
precede:preceed prefer:perfer preferred:prefered,perferred preparation:preperation presence:presense
present:presant pressure:presure pretty:prety,pritty previous:previus,previos
previously:previosly,previusly primarily:primarly printer:priner privacy:privicy
privilege:priviledge,privelege probably:probly,probaly,propably problem:problam,probelm
problems:problams,probelms procedure:proceedure proceed:procede process:proccess,proces
processed:proccessed,procesed processing:proccessing,procesing product:prodcut,produt
products:prodcuts professional:proffesional,profesional professor:proffessor profile:profle
program:progam promise:promiss promised:promissed,promisd promotion:promotoin,promtion
promptly:prompty,promply pronunciation:pronounciation properly:properley,propperly
protection:protecton protein:protien provide:provid,porvide provided:providd provider:providor
publicly:publically purchase:purchace,purchse,puchase purchased:purchaced,purchsed
purchases:purchaces pursue:persue quality:qualtiy,quailty quantity:quanity quarter:quater
question:qestion,queston questionnaire:questionaire questions:qestions,questons
quickly:quickley,quikly quiet:queit really:realy,relly reason:reson reasonable:resonable,reasonible
receipt:reciept,receit,recipt receipts:reciepts receive:recieve,recive received:recieved,recived
receiving:recieving recent:recnet recently:recentley,recenty recipe:recipie,reciepe
recognise:reconise recognize:reconize recommend:reccomend,recomend,reccommend
recommendation:reccomendation,recomendation recommended:reccomended,recomended recovery:recovory
reference:refrence,referance referral:referal,refferal referred:refered referring:refering
refund:refud,refnd refunded:refuned refunds:refuds refuse:refuze refused:refussed regard:reguard
regarding:reguarding register:registar,regsiter registered:registerd,regestered
registration:registraton,registeration regular:reguler regularly:regularily,regulary
reimburse:reimburs,reinburse reimbursement:reimbursment,reinbursement relevant:relevent,relavant
relief:releif religious:religous remember:rember,remeber reminder:remider removed:removd
renewal:renewel,renwal renewed:renewd repair:repiar repeat:repeet repeatedly:repeatly
repetition:repitition replace:repalce replaced:repalced,replacd replacement:replacment,repalcement
replied:replyed reply:repley,relpy representative:representitive,represenative
request:reqeust,requst requested:requsted,reqeusted require:requier required:requird,reqiured
resistance:resistence resolve:reslove,resolv resolved:resloved,resovled respond:resond
response:responce,reponse responsibility:responsability responsible:responsable,resposible
restaurant:restaraunt,resturant result:resalt return:retrun,retun returned:retruned,retuned
returning:retruning returns:retruns rhythm:rythm,rythym ridiculous:rediculous,ridiculus
running:runing safety:saftey sandal:sandel sandwich:sandwhich satisfaction:satisfacton
satisfied:satified,satisfyed saturday:saterday,satruday schedule:shedule,scedule,schedual
scheduled:sheduled,scheduald scissors:sissors screen:sreen,scren search:serach,seach
secretary:secretery,secratary section:secton secure:secuer security:securty,secuirty seize:sieze
seizure:siezure sentence:sentance separate:seperate,seprate separated:seperated
separately:seperately,separatly september:septmber,setpember sergeant:sargeant
serious:serius,seriuos seriously:seriosly,seriusly service:servise,serivce
services:servises,serivces several:severel,sevral shipment:shippment shipped:shiped,shippd
shipping:shiping,shippig should:shoud,shuold shoulder:sholder signature:signiture,signatur
significant:significent,signifcant similar:similiar,simular simple:simpel simply:simpley since:sinse
sincerely:sincerly situation:sitation,situtation skilful:skillfull software:sofware,softwear
someone:somone,someon something:somthing,someting sometimes:somtimes,sometmes
sophisticated:sophisticted sorry:sory special:speical,specal specific:specfic,spesific
specifically:specificly,specificaly speech:speach standard:standart,standerd started:startd,strated
statement:statment,statemant statements:statments station:staion status:staus,satus still:stil
stolen:stollen stopped:stoped straight:straigt,staight strange:stange strategy:stratagy
strength:strenght strictly:stricly submitted:submited subscribe:subcribe,subsribe
subscribed:subcribed,subsribed subscription:subscribtion,subscripton,subcription succeed:succede
success:sucess,succes successful:succesful,sucessful,successfull
successfully:succesfully,sucessfully sufficient:suficient,sufficent suggest:sugest,suggst
suggested:sugested suggestion:sugestion,suggeston suitable:suitible,sutable summary:sumary
sunday:sundey supersede:supercede supervisor:superviser,supervisior supplier:suplier supply:suply
support:suport suppose:supose supposed:suposed,suppossed sure:shure surely:surley surprise:suprise
surprised:suprised,surprized surprising:suprising surround:suround suspended:suspeded
suspicious:suspicous,suspisious system:sytem,systme tablet:tablit technical:tecnical,techincal
technician:technican technology:tecnology telephone:telphone television:televison
temperature:temprature,temperture temporarily:temporarly,temporarely temporary:temporery,tempory
tendency:tendancy terminate:termanate terrible:terible,terrable thank:thnak thanks:thnaks,thansk
their:thier themselves:themselfs there:theer therefore:therfore these:theese they:tehy thing:thign
things:thigns think:thnik thirty:thrity thorough:thourough thoroughly:thouroughly though:thoguh
thought:thougt,thougth thousand:thousend threshold:threshhold through:throught throughout:througout
thursday:thrusday,thirsday ticket:tiket,tickit tickets:tikets today:todya
together:togather,togeather toilet:tolet tomatoes:tomatos tomorrow:tommorow,tomorow,tommorrow
tongue:tounge tonight:tonigt totally:totaly touch:tuoch towards:towrads tracking:traking,trakcing
transaction:transacton,trasaction transfer:tranfer,trasnfer transferred:transfered,tranferred
transferring:transfering tried:tryed trouble:troble,truoble trousers:trowsers truly:truely
trying:tring,tryng tuesday:teusday,tusday twelfth:twelth twice:twise tyranny:tyrany
umbrella:umbrela,umberella unable:unabel unacceptable:unaceptable,unacceptible
unauthorised:unautorised unauthorized:unautorized unavailable:unavailble,unavaliable
understand:understnad,undestand understanding:undestanding unfortunate:unfortunat
unfortunately:unfortunatly,unfortunatley,unfortunetly unhappy:unhapy unknown:unkown unless:unles
unlock:unlcok unnecessary:unecessary,unneccessary unsatisfied:unsatified
unsubscribe:unsubcribe,unsuscribe unsubscribed:unsubcribed until:untill,untl unusual:unusal
update:updat,upadte updated:updatd,upadted urgent:urgant,urgnet urgently:urgantly,urgentley
using:useing,usng usual:usuall,ususal usually:usualy,usally vacancy:vacency
vacuum:vaccum,vacum,vaccuum valid:vaild valuable:valueable various:varius,varios
vegetable:vegtable,vegatable vehicle:vehical,vehicel verification:verifcation,verificaton
verified:verifed,varified verify:verfy,varify version:verson very:verry video:vidio village:villege
visible:visable visitor:visiter volume:volumn voucher:vouchar,vocher vouchers:vouchars
waiting:waitng,wating wardrobe:wardrob warehouse:warehose,wharehouse warranty:warrenty,waranty
watch:wacth weather:wheather website:webiste,websit wednesday:wensday,wednsday,wendesday
weekend:weekand weight:wieght,wheight weird:wierd welcome:wellcome,welcom where:wehre
whereabouts:whearabouts whether:wheter which:wich,whcih while:whlie wholesale:wholsale
wireless:wirless withdrawal:withdrawl,withdrawel withdrawn:withdrawen without:witout,wihtout
woman:womman wonderful:wonderfull working:workig,wroking would:woud,wuold writing:writting,writeing
written:writen wrong:worng,wrnog yacht:yatch year:yaer years:yaers yesterday:yesturday,yesteday
yield:yeild yourself:youself,yourslef
"""


def _parse(table: str) -> dict[str, tuple[str, ...]]:
    """Turn the compact table into a dict from a correct word to its misspellings."""
    entries = (entry.split(":") for entry in table.split())
    return {word: tuple(wrong.split(",")) for word, wrong in entries}


MISSPELLINGS: Final[dict[str, tuple[str, ...]]] = _parse(_TABLE)

"""French départements with a few of their communes, for the demo's invented schools."""

from dataclasses import dataclass

# number of the register of schools | département | communes
_TABLE = """
001|Ain|Bourg-en-Bresse, Oyonnax, Belley
002|Aisne|Laon, Soissons, Château-Thierry
003|Allier|Moulins, Vichy, Montluçon
004|Alpes-de-Haute-Provence|Digne-les-Bains, Manosque, Sisteron
005|Hautes-Alpes|Gap, Briançon, Embrun
006|Alpes-Maritimes|Antibes, Grasse, Menton
007|Ardèche|Privas, Annonay, Aubenas
008|Ardennes|Charleville-Mézières, Sedan, Rethel
009|Ariège|Foix, Pamiers, Saint-Girons
010|Aube|Troyes, Romilly-sur-Seine, Bar-sur-Aube
011|Aude|Carcassonne, Narbonne, Limoux
012|Aveyron|Rodez, Millau, Decazeville
013|Bouches-du-Rhône|Arles, Martigues, Salon-de-Provence
014|Calvados|Caen, Lisieux, Bayeux
015|Cantal|Aurillac, Saint-Flour, Mauriac
016|Charente|Angoulême, Cognac, Barbezieux-Saint-Hilaire
017|Charente-Maritime|La Rochelle, Saintes, Rochefort
018|Cher|Bourges, Vierzon, Saint-Amand-Montrond
019|Corrèze|Tulle, Brive-la-Gaillarde, Ussel
620|Corse|Ajaccio, Porto-Vecchio, Sartène
720|Corse|Bastia, Corte, Calvi
021|Côte-d'Or|Beaune, Montbard, Auxonne
022|Côtes-d'Armor|Saint-Brieuc, Lannion, Dinan
023|Creuse|Guéret, Aubusson, La Souterraine
024|Dordogne|Périgueux, Bergerac, Sarlat-la-Canéda
025|Doubs|Besançon, Pontarlier, Montbéliard
026|Drôme|Valence, Montélimar, Die
027|Eure|Évreux, Vernon, Bernay
028|Eure-et-Loir|Chartres, Dreux, Nogent-le-Rotrou
029|Finistère|Quimper, Morlaix, Concarneau
030|Gard|Nîmes, Alès, Le Vigan
031|Haute-Garonne|Muret, Saint-Gaudens, Revel
032|Gers|Auch, Condom, Mirande
033|Gironde|Libourne, Arcachon, Langon
034|Hérault|Béziers, Sète, Lodève
035|Ille-et-Vilaine|Fougères, Vitré, Redon
036|Indre|Châteauroux, Issoudun, Le Blanc
037|Indre-et-Loire|Tours, Chinon, Amboise
038|Isère|Voiron, Vienne, Bourgoin-Jallieu
039|Jura|Lons-le-Saunier, Dole, Saint-Claude
040|Landes|Mont-de-Marsan, Dax, Biscarrosse
041|Loir-et-Cher|Blois, Vendôme, Romorantin-Lanthenay
042|Loire|Roanne, Montbrison, Firminy
043|Haute-Loire|Le Puy-en-Velay, Brioude, Yssingeaux
044|Loire-Atlantique|Saint-Nazaire, Châteaubriant, Pornic
045|Loiret|Montargis, Pithiviers, Gien
046|Lot|Cahors, Figeac, Gourdon
047|Lot-et-Garonne|Agen, Marmande, Nérac
048|Lozère|Mende, Marvejols, Florac Trois Rivières
049|Maine-et-Loire|Angers, Cholet, Saumur
050|Manche|Saint-Lô, Coutances, Avranches
051|Marne|Reims, Épernay, Vitry-le-François
052|Haute-Marne|Chaumont, Langres, Saint-Dizier
053|Mayenne|Laval, Mayenne, Château-Gontier
054|Meurthe-et-Moselle|Lunéville, Toul, Pont-à-Mousson
055|Meuse|Bar-le-Duc, Verdun, Commercy
056|Morbihan|Vannes, Pontivy, Auray
057|Moselle|Thionville, Sarreguemines, Forbach
058|Nièvre|Nevers, Cosne-Cours-sur-Loire, Decize
059|Nord|Douai, Cambrai, Maubeuge
060|Oise|Beauvais, Compiègne, Senlis
061|Orne|Alençon, Argentan, Flers
062|Pas-de-Calais|Arras, Béthune, Saint-Omer
063|Puy-de-Dôme|Riom, Thiers, Issoire
064|Pyrénées-Atlantiques|Pau, Orthez, Oloron-Sainte-Marie
065|Hautes-Pyrénées|Tarbes, Lourdes, Lannemezan
066|Pyrénées-Orientales|Perpignan, Céret, Prades
067|Bas-Rhin|Haguenau, Sélestat, Saverne
068|Haut-Rhin|Colmar, Guebwiller, Altkirch
069|Rhône|Villefranche-sur-Saône, Givors, Tarare
070|Haute-Saône|Vesoul, Lure, Gray
071|Saône-et-Loire|Mâcon, Autun, Le Creusot
072|Sarthe|Le Mans, La Flèche, Mamers
073|Savoie|Chambéry, Albertville, Saint-Jean-de-Maurienne
074|Haute-Savoie|Annecy, Thonon-les-Bains, Cluses
075|Paris|Paris
076|Seine-Maritime|Dieppe, Fécamp, Yvetot
077|Seine-et-Marne|Melun, Provins, Fontainebleau
078|Yvelines|Rambouillet, Poissy, Trappes
079|Deux-Sèvres|Niort, Parthenay, Bressuire
080|Somme|Amiens, Abbeville, Péronne
081|Tarn|Albi, Castres, Gaillac
082|Tarn-et-Garonne|Montauban, Moissac, Caussade
083|Var|Draguignan, Hyères, Brignoles
084|Vaucluse|Carpentras, Orange, Apt
085|Vendée|La Roche-sur-Yon, Les Sables-d'Olonne, Fontenay-le-Comte
086|Vienne|Poitiers, Châtellerault, Montmorillon
087|Haute-Vienne|Limoges, Bellac, Saint-Junien
088|Vosges|Épinal, Remiremont, Neufchâteau
089|Yonne|Auxerre, Sens, Avallon
090|Territoire de Belfort|Belfort, Delle
091|Essonne|Étampes, Palaiseau, Corbeil-Essonnes
092|Hauts-de-Seine|Nanterre, Antony, Colombes
093|Seine-Saint-Denis|Montreuil, Bondy, Aubervilliers
094|Val-de-Marne|Créteil, Ivry-sur-Seine, Vincennes
095|Val-d'Oise|Pontoise, Argenteuil, Sarcelles
971|Guadeloupe|Basse-Terre, Les Abymes, Sainte-Anne
972|Martinique|Fort-de-France, Le Lamentin, La Trinité
973|Guyane|Cayenne, Kourou, Saint-Laurent-du-Maroni
974|La Réunion|Saint-Pierre, Saint-Paul, Saint-Benoît
976|Mayotte|Mamoudzou, Dembeni, Sada
"""


@dataclass(frozen=True)
class Commune:
    name: str
    department: str
    register: str


def communes() -> list[Commune]:
    """First the first commune of every département, then the second ones, then the third."""
    rows = [line.split("|") for line in _TABLE.strip().splitlines()]
    return [
        Commune(names[rank], department, register)
        for rank in range(3)
        for register, department, listed in rows
        if rank < len(names := listed.split(", "))
    ]
